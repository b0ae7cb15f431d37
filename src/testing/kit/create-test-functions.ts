import { defaultOrganisation } from "../../model/name.ts"
import { assemble } from "../../service/create-functions.ts"
import { withDefaults } from "../../service/defaults.ts"
import { once } from "../../util/once.ts"
import { toMs, toTime } from "./durations.ts"
import { boundRequests, createOutbox, openMemoryStorage } from "./embedded.ts"
import { describeJob, describeRun, failingStep, joinFailures, toFailure } from "./failures.ts"
import { createFakeTime } from "./fake-time.ts"
import { createFinish } from "./finish.ts"
import { inspect } from "./inspect.ts"
import { recordCapabilities } from "./mock-capability.ts"
import { createMockClient } from "./mock-network.ts"
import { createPump } from "./pump.ts"
import { createCallLog } from "./recorded-calls.ts"
import { toWebhookRequest } from "./sign-webhook.ts"
import type { Capabilities, DrainOptions, TestFunctionsOptions, TestKit } from "./test-kit.ts"
import { createUnderWay } from "./under-way.ts"
import { watchQueue } from "./watched-queue.ts"
import { watchSandbox } from "./watched-sandbox.ts"
import { watchStorage } from "./watched-storage.ts"

/** Looks at the queue are wake-ups of the clock: nobody else puts anything into it. */
const neverMs = 1e14
/** What is done stays to be looked at, however far the clock is moved. */
const kept = { keepEndedMs: neverMs, keepDeadLettersMs: neverMs, keepFiringsMs: neverMs }

/**
 * Starts a functions service for a test: no server, no file, no network, and a clock that is moved by hand.
 *
 * ```ts
 * await using kit = await createTestFunctions()
 * await kit.functions.deploy({ name: "greet", source: "export default (name) => `Hello ${name}`" })
 * await kit.functions.enqueue("greet", "Ada", { delayMs: 86_400_000 })
 * await kit.clock.advance("1d")
 * kit.calls("greet") // [{ input: "Ada", output: "Hello Ada", attempt: 1, … }]
 * ```
 */
export async function createTestFunctions<const Given extends Capabilities = Record<never, never>>(
  options: TestFunctionsOptions<Given> = {},
): Promise<TestKit<Given>> {
  const {
    startAt = "2026-01-01T00:00:00Z",
    capabilities = {},
    fetch,
    concurrency = 1,
    maxJobsAtOnce = 10_000,
    ...others
  } = options
  const time = createFakeTime(toTime(startAt))
  const { now } = time
  const underWay = createUnderWay()
  const log = createCallLog()
  let deliveries = 0
  /** Made where they are thrown, so that their stacks lead to the test. */
  const failures: (() => unknown)[] = []
  const memory = openMemoryStorage()

  const work = watchQueue(memory.storage.queue, underWay, maxJobsAtOnce, {
    tried: ({ invocationId, number }) => invocationId && log.tried(invocationId, number),
    failed(job, error, invocationId) {
      failures.push(() => toFailure(describeJob(job), error, invocationId, log.thrownIn(invocationId)))
    },
  })
  const storage = watchStorage(memory.storage, work.queue, underWay, log.tried)
  const sandbox = watchSandbox(log, now)
  const outbox = createOutbox(now)
  const filled = withDefaults({
    authenticate: "open",
    ...others,
    storage,
    now,
    http: boundRequests(createMockClient(fetch)),
    capabilities: { email: outbox.email, ...capabilities },
    sandbox: { threads: 1, ...others.sandbox },
    queue: { concurrency, pollMs: neverMs, ...kept },
  })
  const functions = await assemble(
    {
      ...filled,
      onError(error, context) {
        filled.onError(error, context)
        // What a capability throws is told to the function, which may go on.
        if (context.stage !== "capability") failures.push(() => error)
      },
    },
    {
      wakeAfter: time.wakeAfter,
      random: () => 1,
      wrapSandbox: sandbox.wrap,
      wrapCapabilities: (all) => recordCapabilities(outbox.watchQueue(all), log, now),
    },
  )
  functions.on("invocation.finished", log.finished)
  functions.on("pipeline.finished", (run) => {
    const { status, error } = run
    if (status !== "failed" || !error) return
    const invocationId = failingStep(run)?.invocationId
    failures.push(() => toFailure(describeRun(run), error, invocationId, log.thrownIn(invocationId)))
  })

  const pump = createPump({ time, work, underWay })

  let last: Promise<unknown> = Promise.resolve()

  /** One after the other. What failed before its turn was the caller's to see: a run that it waits for tells it. */
  async function failing<Result>(pumped: () => Promise<Result>, { allowFailures = false }: DrainOptions = {}) {
    const turn = last.then(async () => {
      failures.length = 0
      return { result: await pumped(), found: failures.splice(0) }
    })
    last = turn.catch(() => {})
    const { result, found } = await turn
    if (found.length > 0 && !allowFailures) throw joinFailures(found.map((make) => make()))
    return result
  }

  const close = once(async () => {
    work.close()
    await functions.close({ graceMs: 0 })
    memory.close()
  })

  return {
    functions,
    clock: {
      now,
      advance: (duration, given) => failing(() => pump.advance(toMs(duration)), given),
      async advanceTo(target, given) {
        const ms = toTime(target)
        // What moves it before this one's turn counts.
        await failing(async () => {
          if (ms < now()) throw new RangeError(`Cannot move the clock back to ${iso(ms)}: it stands at ${iso(now())}.`)
          await pump.advance(ms - now())
        }, given)
      },
      jump: (duration, given) => failing(() => pump.jump(toMs(duration)), given),
    },
    drain: (given) => failing(pump.drain, given),
    finish: createFinish({ functions, storage: memory.storage, pump, failing }),
    calls: (name, { organisation = defaultOrganisation } = {}) => log.list(name, organisation) as never,
    async mock(name, mock, { organisation = defaultOrganisation } = {}) {
      const face = functions.organisation(organisation)
      const isThere = await face.get(name).then(
        ({ activeVersion }) => activeVersion !== null,
        () => false,
      )
      if (!isThere) await face.deploy({ name, source: "export default () => {}" })
      sandbox.mock(organisation, name, mock)
      return () => sandbox.mock(organisation, name, undefined)
    },
    webhook(path, delivery) {
      const signedAt = delivery.signedAt === undefined ? now() : toTime(delivery.signedAt)
      return functions.fetch(toWebhookRequest(path, delivery, signedAt, () => `delivery-${++deliveries}`))
    },
    inspect: ({ organisation = defaultOrganisation } = {}) =>
      inspect(functions.organisation(organisation), memory, outbox.messages, now()),
    async clear() {
      await underWay.settled()
      storage.forget(log.invocationIds())
      memory.clear()
      log.clear()
      outbox.clear()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
