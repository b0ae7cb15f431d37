import pg from "pg"
import { afterEach, beforeAll, describe, expect, it } from "vitest"
import type { PoolClientLike, PoolLike } from "../../adapters/storage/postgres/pool.ts"
import { postgres } from "../../adapters/storage/postgres.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { sampleJob } from "../../src/testing/storage-contract/samples.ts"
import { onServer, preparePostgres } from "./support/postgres.ts"

/** What a storage told of, in the order of its coming. */
interface Watched {
  readonly storage: Storage
  readonly warnings: readonly string[]
  /** Resolves with the next thing that is told from now on. */
  next(): Promise<string>
}

// PGlite has one connection, and a process of its own for nobody.
describe.skipIf(!onServer)("processes on one PostgreSQL", () => {
  const subject = preparePostgres()
  const open: Storage[] = []

  async function watched(storage: Storage): Promise<Watched> {
    const warnings: string[] = []
    const told: string[] = []
    const waiting: ((text: string) => void)[] = []
    const tell = (text: string) => {
      const waiter = waiting.shift()
      if (waiter) waiter(text)
      else told.push(text)
    }
    open.push(storage)
    await storage.open({ warn: (message) => warnings.push(message) })
    storage.queue.watch(
      () => tell("work"),
      (organisation, id) => tell(`${organisation}/${id} ended`),
    )
    return {
      storage,
      warnings,
      next: () => {
        told.length = 0
        return new Promise((resolve) => waiting.push(resolve))
      },
    }
  }

  /** A storage that listens: the first thing that is told is that it does. */
  async function listening(application?: string): Promise<Watched> {
    const url = new URL(subject.url ?? "")
    if (application !== undefined) url.searchParams.set("application_name", application)
    const one = await watched(postgres(url))
    await one.next()
    return one
  }

  beforeAll(async () => {
    const storage = subject.createStorage()
    await storage.open()
    await storage.close()
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((storage) => storage.close()))
  })

  it("hear of what another puts, and of what it hands back", async () => {
    const [one, other] = [await listening(), await listening()]
    const put = other.next()
    await one.storage.queue.put([sampleJob("signals")])
    expect(await put).toBe("work")
    const [lease] = (await one.storage.queue.take({ limit: 1, leaseMs: 1000, now: 2 ** 41 })).leases
    if (!lease) throw new Error("There was nothing to take.")
    const again = other.next()
    await one.storage.queue.settle([{ lease, at: 1, attempt: null, outcome: "again", runAt: 1 }])
    expect(await again).toBe("work")
  })

  it("hear of the end of a run that another took over, and of what another cancels", async () => {
    const [one, other] = [await listening(), await listening()]
    const job = sampleJob("signals-ended", { kind: "pipeline", leasedUntil: 1 })
    await one.storage.queue.put([job])
    const { leases } = await other.storage.queue.take({ limit: 100, leaseMs: 1000, now: 2 ** 41 })
    const lease = leases.find((taken) => taken.job.id === job.id)
    if (!lease) throw new Error("There was nothing to take over.")
    const ended = one.next()
    await other.storage.queue.settle([{ lease, at: 1, attempt: null, outcome: "succeeded", result: null }])
    expect(await ended).toBe(`signals-ended/${job.id} ended`)

    const cancelled = sampleJob("signals-ended", { leasedUntil: 2 ** 42 })
    await one.storage.queue.put([cancelled])
    const told = one.next()
    const error = { code: "FN_002", name: "Error", message: "no", stack: "" } as const
    await other.storage.queue.cancel("signals-ended", cancelled.id, error, 1)
    expect(await told).toBe(`signals-ended/${cancelled.id} ended`)
  })

  it("listen again where the connection was lost, and look for what they may have missed", async () => {
    const [one, other] = [await listening("inlay_test_listening"), await listening()]
    const again = one.next()
    const admin = new pg.Client({ connectionString: subject.url ?? "" })
    await admin.connect()
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and query ilike 'listen%'",
      ["inlay_test_listening"],
    )
    await admin.end()
    expect(await again).toBe("work")
    const put = one.next()
    await other.storage.queue.put([sampleJob("signals")])
    expect(await put).toBe("work")
  })

  it("listen on one connection of a host's pool, and leave no trace of it there", async () => {
    const pool = new pg.Pool({ connectionString: subject.url ?? "", max: 2 })
    const one = await watched(postgres(pool))
    await one.next()
    const other = await listening()
    const put = one.next()
    await other.storage.queue.put([sampleJob("signals")])
    expect(await put).toBe("work")
    await one.storage.close()
    expect([pool.totalCount - pool.idleCount, one.warnings]).toEqual([0, []])
    await pool.end()
  })

  it("do not take a pool's only connection", async () => {
    const pool = new pg.Pool({ connectionString: subject.url ?? "", max: 1 })
    const { storage } = await watched(postgres(pool))
    await storage.queue.put([sampleJob("signals")])
    await storage.close()
    await pool.end()
  })

  it("say that they only look from time to time where notifications do not come through", async () => {
    const pool = subject.pool
    let warned = (_message: string) => {}
    const warning = new Promise<string>((resolve) => {
      warned = resolve
    })
    const storage = postgres(behindPooler(pool))
    open.push(storage)
    await storage.open({ warn: (message) => warned(message) })
    storage.queue.watch(() => {})
    expect(await warning).toMatch(/cannot tell one another of new work.*PgBouncer.*queue\.pollMs/)
    expect((await storage.queue.put([sampleJob("signals")]))[0]?.outcome).toBe("added")
  })
})

/** As a pooler in transaction mode does: each statement on whichever connection is free, notifications to nobody. */
function behindPooler(pool: PoolLike): PoolLike {
  return {
    options: { max: 10 },
    async connect() {
      const client = await pool.connect()
      return {
        query: (text, values) => client.query(text, values),
        release: (destroy) => client.release(destroy),
        on: () => {},
        off: () => {},
      } satisfies PoolClientLike
    },
  }
}
