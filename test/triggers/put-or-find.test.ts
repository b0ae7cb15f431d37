import { afterEach, beforeEach, expect, it } from "vitest"
import { loadSqlite, type OwnSqliteDatabase } from "../../adapters/storage/sqlite/libraries.ts"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { Queue } from "../../src/ports/queue.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { putOrFind } from "../../src/triggers/queue/put-or-find.ts"

const idempotency = { key: "k", hash: "h", until: 2_000_000_000_000 }
const error = { code: "FN_004", name: "Error", message: "no", stack: "" } as const
const jobOf = (id: string) => sampleJob("o", { id, idempotency })

let database: OwnSqliteDatabase
let storage: Storage
beforeEach(async () => {
  database = loadSqlite()(":memory:")
  storage = sqlite(database)
  await storage.open()
})
afterEach(async () => {
  await storage.close()
  database.close()
})

/** The queue, which removes what has ended before it looks for a job. */
function removing({ queue }: Storage): Queue {
  return {
    ...queue,
    async find(organisation, id) {
      await queue.purge(organisation, {}, 10)
      return queue.find(organisation, id)
    },
  }
}

it("a job is stored where the one that had its key is removed just then", async () => {
  await storage.queue.put([jobOf("old")])
  await storage.queue.cancel("o", "old", error, 1)
  expect(await putOrFind(removing(storage), jobOf("new"))).toMatchObject({ id: "new" })
  expect(await storage.queue.find("o", "new")).toMatchObject({ id: "new" })
})

it("the one that has the key is answered, and nothing where that is another", async () => {
  await putOrFind(storage.queue, jobOf("old"))
  await storage.queue.cancel("o", "old", error, 1)
  expect(await putOrFind(storage.queue, jobOf("new"))).toMatchObject({ id: "old", status: "cancelled" })
  const other = { ...jobOf("other"), idempotency: { ...idempotency, hash: "other" } }
  expect(await putOrFind(storage.queue, other)).toBe(null)
})

it("what the host has put in its transaction is answered by its id", async () => {
  database.exec("begin")
  await putOrFind(storage.queue, jobOf("first"), database)
  // Nobody else sees it on a database that is shared; here the transaction is on the connection that looks.
  const blind = { ...storage.queue, find: async () => null }
  expect(await putOrFind(blind, jobOf("second"), database)).toMatchObject({ id: "first", status: "waiting" })
  database.exec("commit")
})
