import { expect, it } from "vitest"
import type { PoolClientLike, PoolLike } from "../../adapters/storage/postgres/pool.ts"
import { postgres } from "../../adapters/storage/postgres.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { preparePostgres } from "./support/postgres.ts"

const subject = preparePostgres()
const now = 1_800_000_000_000

/** A storage of a database that is read-only when the test says so; `asked` are the statements, `dropped` its connections that were thrown away. */
async function open() {
  let isReadOnly = false
  let dropped = 0
  const asked: string[] = []
  const pool: PoolLike = {
    async connect() {
      const client = await subject.pool.connect()
      await client.query(`set default_transaction_read_only = ${isReadOnly ? "on" : "off"}`, [])
      const watched: PoolClientLike = {
        async query(text, values) {
          asked.push(text)
          return await client.query(text, values)
        },
        release(destroy) {
          if (destroy) dropped += 1
          client.release(destroy)
        },
      }
      return watched
    },
  }
  const storage = postgres(pool, { listen: false })
  await storage.open()
  return {
    storage,
    setReadOnly(value: boolean) {
      isReadOnly = value
      asked.length = 0
    },
    asked,
    dropped: () => dropped,
  }
}

const take = (at: number) => ({ limit: 10, leaseMs: 1000, now: at })

it("A database that has refused a take for being read-only is asked whether it still is, and tried in vain once a minute", async () => {
  const { storage, setReadOnly, asked, dropped } = await open()
  setReadOnly(true)
  const refused = /^Cannot take jobs: the database is read-only\./
  await expect(storage.queue.take(take(now))).rejects.toThrow(refused)
  expect(dropped()).toBe(1)
  asked.length = 0
  for (let at = now + 1000; at < now + 60_000; at += 1000) {
    await expect(storage.queue.take(take(at))).rejects.toThrow(refused)
  }
  expect(asked).toHaveLength(59)
  expect(new Set(asked).size).toBe(1)
  expect(dropped()).toBe(1)
  await expect(storage.queue.take(take(now + 60_000))).rejects.toThrow(refused)
  expect(dropped()).toBe(2)
  setReadOnly(false)
  const job = sampleJob("read-only", { createdAt: now, runAt: now })
  await storage.queue.put([job])
  const { leases } = await storage.queue.take(take(now + 61_000))
  expect(leases.map(({ job: { id } }) => id)).toEqual([job.id])
  asked.length = 0
  await storage.queue.take(take(now + 61_500))
  expect(asked).toHaveLength(1)
  await storage.close()
})
