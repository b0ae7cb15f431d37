import { once } from "node:events"
import pg from "pg"
import { afterEach, describe, expect, it, vi } from "vitest"
import { z } from "zod"
import { defineCapabilityMethod } from "../../adapters/capability/capabilities.ts"
import type { PoolLike } from "../../adapters/storage/postgres/pool.ts"
import { postgres } from "../../adapters/storage/postgres.ts"
import { type CreateFunctionsOptions, createFunctions, type FunctionsService } from "../../src/index.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { onServer, preparePostgres } from "../storage/support/postgres.ts"

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
/** Nobody finds work by looking for it: who does not hear of it would take longer than the test may. */
const never = 10 * 60_000

// PGlite is a process's own.
describe.skipIf(!onServer)("replicas on one PostgreSQL", () => {
  const subject = preparePostgres()
  const open: FunctionsService[] = []
  afterEach(async () => {
    vi.useRealTimers()
    await Promise.all(open.splice(0).map((functions) => functions.close({ graceMs: 0 })))
  })

  async function replica(options: CreateFunctionsOptions = {}, storage: Storage = postgres(subject.url ?? "")) {
    const functions = await createFunctions({
      storage,
      authenticate: "open",
      logger: silent,
      sandbox: { threads: 1 },
      // Those that are cut off fail all the time.
      onError: () => {},
      ...options,
    })
    open.push(functions)
    return functions
  }

  it("wake one another for what is accepted", async () => {
    const worker = await replica({ queue: { pollMs: never } })
    const face = await replica({ queue: { concurrency: 0 } })
    await face.deploy({ name: "twice", source: "export default (n) => n * 2" })
    const finished = new Promise((resolve) => worker.on("invocation.finished", resolve))
    await face.enqueue("twice", 21)
    expect(await finished).toMatchObject({ name: "twice", status: "succeeded" })
  })

  it("tell who waits for a run that it has gone on elsewhere, and ended", async () => {
    const worker = await replica({ queue: { pollMs: never } })
    const face = await replica({ queue: { concurrency: 0 } })
    await face.deploy({ name: "twice", source: "export default ({ data }) => data * 2" })
    await face.pipelines.define({
      name: "waits",
      steps: [
        { kind: "event", name: "event", type: "go" },
        { kind: "function", name: "twice", function: "twice" },
      ],
    })
    // Whoever waits looks for the end by an interval.
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    const running = face.pipelines.run("waits")
    const isWaiting = async () => (await face.pipelines.listRuns("waits")).items[0]?.status === "waiting"
    while (!(await isWaiting())) await new Promise(setImmediate)
    await worker.publish({ type: "go", data: 21 })
    expect(await running).toMatchObject({ status: "succeeded", output: 42 })
  })

  it("stop at once what another one cancels", async () => {
    const { stopped, holding, capabilities } = holdingCapability()
    const worker = await replica({ queue: { pollMs: never }, capabilities })
    const face = await replica({ queue: { concurrency: 0 } })
    await worker.deploy({ name: "holds", source: holds })
    const call = await face.enqueue("holds")
    await holding
    expect(await face.invocations.cancel(call.id)).toMatchObject({ status: "cancelled" })
    await stopped
  })

  it("take over at once what one that closes hands back", async () => {
    const first = holdingCapability()
    const closing = await replica({ queue: { pollMs: never }, capabilities: first.capabilities })
    await closing.deploy({ name: "holds", source: holds })
    const call = await closing.enqueue("holds")
    await first.holding
    const second = holdingCapability()
    await replica({ queue: { pollMs: never }, capabilities: second.capabilities })
    await closing.close({ graceMs: 0 })
    await second.holding
    const face = await replica({ queue: { concurrency: 0 } })
    // The try that was handed back does not count.
    expect(await face.invocations.get(call.id)).toMatchObject({ status: "running", attempts: [] })
    await face.invocations.cancel(call.id)
  })

  it("stop their work before another may take it over, once they are cut off from the database", async () => {
    const order: string[] = []
    const cutOff = holdingCapability()
    const other = holdingCapability()
    const cable = createCable(subject.url ?? "")
    const lonely = await replica(
      { queue: { leaseMs: 4000, concurrency: 0 }, capabilities: cutOff.capabilities },
      postgres(cable.pool, { listen: false }),
    )
    await lonely.deploy({ name: "holds", source: holds })
    await lonely.pipelines.define({ name: "holds", steps: [{ kind: "function", name: "holds", function: "holds" }] })
    await replica({ queue: { leaseMs: 4000, pollMs: 50 }, capabilities: other.capabilities })
    void cutOff.stopped.then(() => order.push("stopped"))
    void other.holding.then(() => order.push("begun elsewhere"))
    // A run that is waited for belongs to the one who waits.
    const running = expect(lonely.pipelines.run("holds")).rejects.toMatchObject({ code: "FN_008" })
    await cutOff.holding
    await cable.cut()
    await other.holding
    expect(order).toEqual(["stopped", "begun elsewhere"])
    cable.mend()
    await Promise.all(open.splice(0).map((functions) => functions.close({ graceMs: 0 })))
    await running
    await cable.end()
  })
})

const holds = `import { capabilities } from "inlay/sdk"
export default () => capabilities.test.hold({})`

/** A capability that never answers; `holding` and `stopped` tell when a call has come to it, and when that was ended. */
function holdingCapability() {
  const events = new EventTarget()
  const hold = defineCapabilityMethod({
    input: z.object({}),
    handle: (_, { signal }) => {
      events.dispatchEvent(new Event("holding"))
      signal.addEventListener("abort", () => events.dispatchEvent(new Event("stopped")))
      return new Promise<never>(() => {})
    },
  })
  return {
    capabilities: { test: { methods: { hold } } },
    holding: once(events, "holding"),
    stopped: once(events, "stopped"),
  }
}

/** A pool whose connections can all be cut, and which then gives no new ones. */
function createCable(connectionString: string) {
  const pool = new pg.Pool({ connectionString, application_name: "inlay_test_cable" })
  pool.on("error", () => {})
  let isCut = false
  return {
    pool: {
      connect: () => (isCut ? Promise.reject(new Error("The network is down.")) : pool.connect()),
    } satisfies PoolLike,
    async cut() {
      isCut = true
      const admin = new pg.Client({ connectionString })
      await admin.connect()
      await admin.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", [
        "inlay_test_cable",
      ])
      await admin.end()
    },
    mend() {
      isCut = false
    },
    end: () => pool.end(),
  }
}
