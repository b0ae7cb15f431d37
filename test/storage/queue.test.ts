import { afterEach, beforeEach, describe, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { queueContract } from "../../src/testing/queue-contract.ts"
import { preparePostgres } from "./support/postgres.ts"
import { temporaryPaths } from "./support/sqlite.ts"

const runner = { describe, it, beforeEach, afterEach }
const temporaryPath = temporaryPaths()

async function open(storage: Storage) {
  await storage.open()
  return { queue: storage.queue, close: () => storage.close() }
}

describe("the queue of sqlite in memory", () => {
  queueContract(runner, () => open(sqlite(":memory:")))
})

describe("the queue of sqlite in a file", () => {
  let count = 0
  queueContract(runner, () => open(sqlite(temporaryPath(`${++count}.db`))))
})

describe("the queue of postgres", () => {
  const postgres = preparePostgres()
  queueContract(runner, async () => {
    const opened = await open(postgres.createStorage())
    await postgres.pool.connect().then(async (client) => {
      await client.query("delete from inlay_jobs", [])
      client.release()
    })
    return opened
  })
})
