import type { Alerts } from "../alerts/create-alerts.ts"
import { FunctionsError } from "../errors/functions-error.ts"
import type { Forecasts } from "../forecast/series/create-forecasts.ts"
import type { Ingestion } from "../ingest/create-ingestion.ts"
import type { Tell } from "../model/facts.ts"
import { createPipelines, type Pipelines } from "../pipelines/create-pipelines.ts"
import type { EventsOf } from "../ports/data-events.ts"
import type { Queue } from "../ports/queue.ts"
import type { Storage } from "../ports/storage.ts"
import { isInternal, type Lookup } from "../registry/lookup.ts"
import { type Bus, createBus } from "../triggers/bus/create-bus.ts"
import { createTriggers, type Triggers } from "../triggers/bus/create-triggers.ts"
import { createEventsOf } from "../triggers/data/events-of.ts"
import { createEvents, type EventOptions, type Events } from "../triggers/events/create-events.ts"
import { toEventJob } from "../triggers/events/event-job.ts"
import { createSubscriptions } from "../triggers/events/subscriptions.ts"
import { type Consumer, createConsumer } from "../triggers/queue/consumer.ts"
import { createDeadLetters, type DeadLetters } from "../triggers/queue/dead-letters.ts"
import type { DurableCalls } from "../triggers/queue/durable-calls.ts"
import { createDurableCalls } from "../triggers/queue/durable-calls.ts"
import { createFaultJudge } from "../triggers/queue/faults.ts"
import { createMessages, type Messages } from "../triggers/queue/messages.ts"
import { createSharedQueue, createShares, type QueueShares } from "../triggers/queue/shared-queue.ts"
import { createSweeper } from "../triggers/queue/sweeper.ts"
import { createScheduler } from "../triggers/schedules/create-scheduler.ts"
import { checkNumber } from "../util/check-number.ts"
import { newTraceId } from "../util/id.ts"
import { toFoundFunction } from "./found-function.ts"
import type { Invoke } from "./invoke.ts"
import { ping } from "./ping.ts"
import type { SecretSource } from "./secrets.ts"
import type { Surroundings } from "./surroundings.ts"
import { tellJobs } from "./tell-jobs.ts"
import type { TriggerCheck } from "./trigger-check.ts"
import { tryFilter } from "./try-filter.ts"
import { readVersion } from "./version.ts"
import { createWebhooks, type Webhooks } from "./webhooks.ts"

/** How accepted work is done, and how long it is kept. */
export interface QueueOptions extends QueueShares {
  /**
   * Queued calls that this process works on at once, of which one organisation has at most three quarters; 0 leaves them
   * to other processes. @default 64
   */
  readonly concurrency?: number
  /** After this many milliseconds without a sign of life, another process takes the work over. @default 30000 */
  readonly leaseMs?: number
  /** How often to look for work that another process accepted, in milliseconds. @default 1000 */
  readonly pollMs?: number
  /** For how many milliseconds calls that succeeded or were cancelled are kept. @default 86400000 */
  readonly keepEndedMs?: number
  /** For how many milliseconds dead letters are kept. @default 2592000000 */
  readonly keepDeadLettersMs?: number
  /** For how many milliseconds it is kept what triggers fired. @default 2592000000 */
  readonly keepFiringsMs?: number
}

/** What accepted work needs from the rest of the service. */
export interface DurableWorkOptions extends QueueOptions, Pick<Surroundings, "wakeAfter" | "random"> {
  readonly storage: Pick<Storage, "queue" | "pipelines" | "triggers" | "ping">
  readonly events?: EventOptions
  readonly lookup: Lookup
  readonly checkTriggers: TriggerCheck
  /** Notifications are jobs, too. */
  readonly alerts: Pick<Alerts, "work">
  /** So are forecasts that are made by a schedule. */
  readonly forecasts: Pick<Forecasts, "work" | "giveUp">
  /** Points that were rejected are, too. */
  readonly ingestion: Pick<Ingestion, "work">
  readonly secrets?: SecretSource
  readonly invoke: Invoke
  /** Epoch milliseconds, the same in all processes that share the storage. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
  /** What else is to be done now and then; each step does at most `limit` at a time, and answers how many it did. */
  readonly upkeep: readonly ((now: number, limit: number) => Promise<number>)[]
  readonly onError: (error: unknown, context: { readonly stage: "queue" | "schedules" | "webhooks" }) => void
}

/** Work that was accepted and is done later. */
export interface DurableWork {
  readonly queue: Queue
  readonly calls: DurableCalls
  readonly deadLetters: DeadLetters
  readonly pipelines: Pipelines
  readonly bus: Bus
  /** What an organisation has declared has changed: it counts from now on. */
  triggersChanged(organisation: string): void
  readonly messages: Messages
  readonly triggers: Triggers
  readonly events: Events
  readonly eventsOf: EventsOf
  readonly webhooks: Webhooks
  readonly consumer: Consumer
  readonly now: () => number
  start(): void
  /** Takes no more, waits, and hands back what has not ended after `graceMs`. */
  stop(graceMs: number): Promise<void>
  /** Has nobody wait any more for what goes on elsewhere, or later. */
  end(): Promise<void>
}

const dayMs = 86_400_000

/** `RangeError` where a number cannot be used. */
function checkQueue(options: QueueOptions): void {
  checkNumber("queue.concurrency", options.concurrency, { least: 0, isWhole: true })
  for (const name of ["leaseMs", "pollMs"] as const) checkNumber(`queue.${name}`, options[name], { above: 0 })
  const kept = ["keepEndedMs", "keepDeadLettersMs", "keepFiringsMs"] as const
  for (const name of kept) checkNumber(`queue.${name}`, options[name], { least: 0 })
}

/** Puts the parts together that accept work and do it. */
export function createDurableWork(options: DurableWorkOptions): DurableWork {
  const { storage, lookup, invoke, now, wakeAfter, random, newId, tell, onError } = options
  const { concurrency, leaseMs = 30_000, pollMs } = options
  checkQueue(options)
  const share = createShares(options)
  const queue = createSharedQueue(storage.queue, share)
  const { secrets } = options
  const calls = createDurableCalls({
    queue,
    invoke,
    now,
    newId,
    newTraceId,
    random,
    async resolve(organisation, name, external) {
      const { name: functionName, network, retry, queue: control } = await lookup.resolve(organisation, name)
      if (external && isInternal(network)) {
        throw new FunctionsError("FN_009", "Cannot call this function over HTTP: it is internal.")
      }
      return { name: functionName, retry, queue: control }
    },
  })
  const consumer = createConsumer({
    queue,
    work: tellJobs(
      {
        function: calls.work,
        pipeline: (...job) => pipelines.work(...job),
        event: (...job) => events.work(...job),
        message: (...job) => messages.work(...job),
        notification: options.alerts.work,
        forecast: options.forecasts.work,
        points: options.ingestion.work,
      },
      options,
    ),
    judgeFault: createFaultJudge({
      ping: () => ping(storage),
      giveUp: async (job, error) => {
        if (job.kind === "pipeline") await pipelines.giveUp(job.organisation, job.id, error)
        if (job.kind === "forecast") await options.forecasts.giveUp(job, error)
      },
      now,
      onError,
    }),
    now,
    wakeAfter,
    onError,
    ...(concurrency !== undefined && { concurrency }),
    leaseMs,
    ...(pollMs !== undefined && { pollMs }),
  })
  const pipelines = createPipelines({
    store: {
      ...storage.pipelines,
      beginRun: (job, run) => storage.pipelines.beginRun(share(job), run),
    },
    queue,
    invoke,
    resolve: async (organisation, name) => toFoundFunction(await lookup.resolve(organisation, name)),
    service: async () => ({ inlay: await readVersion(), node: process.versions.node }),
    checkTriggers: (organisation, name, triggers) => options.checkTriggers(organisation, name, triggers, "pipeline"),
    compileFilter: tryFilter,
    adopt: consumer.adopt,
    abort: consumer.abort,
    interrupt: consumer.interrupt,
    leaseMs,
    now,
    wakeAfter,
    newId,
    random,
    tell,
  })
  const bus = createBus({
    store: storage.triggers,
    prepare: {
      function: async (organisation, { id }, event, gathering) =>
        share(await calls.prepare(organisation, id, JSON.stringify(event), {}, gathering)),
      pipeline: async (organisation, { name }, event) => share(await pipelines.prepare(organisation, name, event)),
    },
    now,
    newId,
  })
  const subscriptions = createSubscriptions(bus)
  const messages = createMessages({ queue, bus, now, newId, newTraceId, random })
  const events = createEvents({
    ...options.events,
    queue,
    deliver: pipelines.deliver,
    fire: subscriptions.fire,
    now,
    newId,
    newTraceId,
    random,
  })
  const eventsOf = createEventsOf({
    isMeant: async (organisation, event) =>
      (await subscriptions.isMeant(organisation, event)) ||
      (await storage.pipelines.isAwaited(organisation, event.type)),
    // A document may be larger than what others publish.
    toJob: (organisation, event, id, at) => {
      const making = { now: () => at, newId: () => id, newTraceId, maxBytes: Infinity, identityTtlMs: 0 }
      return toEventJob(organisation, event, making).job
    },
    now,
    newId,
  })
  const webhooks = createWebhooks({ store: storage.triggers, bus, secrets, now, newId, tell, onError })
  const scheduler = createScheduler({
    ...{ store: storage.triggers, bus, now, wakeAfter, random, onError },
    // Schedules are changed more rarely than calls are accepted.
    pollMs: pollMs === undefined ? undefined : Math.max(2000, pollMs),
  })
  const triggersChanged = (organisation: string) => {
    bus.changed(organisation)
    scheduler.wake()
  }
  const sweeper = createSweeper({
    queue,
    now,
    random,
    onError,
    expireOthers: [
      storage.pipelines.expireCached,
      (at, limit) => storage.triggers.expireFirings(at - (options.keepFiringsMs ?? 30 * dayMs), limit),
      ...options.upkeep,
    ],
    keepMs: {
      succeeded: options.keepEndedMs ?? dayMs,
      cancelled: options.keepEndedMs ?? dayMs,
      failed: options.keepDeadLettersMs ?? 30 * dayMs,
    },
  })
  let unwatch = () => {}
  return {
    queue,
    calls,
    deadLetters: createDeadLetters({ queue, prepare: calls.prepare, now, newId }),
    pipelines,
    bus,
    triggersChanged,
    messages,
    triggers: createTriggers({ store: storage.triggers, bus, now, changed: triggersChanged }),
    events,
    eventsOf,
    webhooks,
    consumer,
    now,
    start() {
      unwatch = queue.watch(
        () => {},
        (_, id) => pipelines.look(id),
      )
      // Whoever leaves the work to others may be the only one who is there to clear up.
      sweeper.start()
      if (concurrency === 0) return
      consumer.start()
      scheduler.start()
    },
    async stop(graceMs) {
      sweeper.stop()
      await Promise.all([scheduler.stop(), consumer.stop(graceMs)])
      unwatch()
      await pipelines.stop()
      await webhooks.flush()
    },
    end: pipelines.end,
  }
}
