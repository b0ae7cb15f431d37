import { FunctionsError } from "../errors/functions-error.ts"
import type { Tell } from "../model/facts.ts"
import { createPipelines, type Pipelines } from "../pipelines/create-pipelines.ts"
import type { Queue } from "../ports/queue.ts"
import type { Storage } from "../ports/storage.ts"
import { isInternal, type Lookup } from "../registry/lookup.ts"
import { createPublish } from "../triggers/publish.ts"
import { type Consumer, type ConsumerOptions, createConsumer } from "../triggers/queue/consumer.ts"
import { createDeadLetters, type DeadLetters } from "../triggers/queue/dead-letters.ts"
import type { DurableCalls } from "../triggers/queue/durable-calls.ts"
import { createDurableCalls } from "../triggers/queue/durable-calls.ts"
import { createSweeper } from "../triggers/queue/sweeper.ts"
import { newTraceId } from "../util/id.ts"
import type { Invoke } from "./invoker.ts"

/** How accepted work is done, and how long it is kept. */
export interface QueueOptions {
  /** Queued calls that this process works on at once; 0 leaves them to other processes. @default 64 */
  readonly concurrency?: number
  /** After this many milliseconds without a sign of life, another process takes the work over. @default 30000 */
  readonly leaseMs?: number
  /** How often to look for work that another process accepted, in milliseconds. @default 1000 */
  readonly pollMs?: number
  /** For how many milliseconds calls that succeeded or were cancelled are kept. @default 86400000 */
  readonly keepEndedMs?: number
  /** For how many milliseconds dead letters are kept. @default 2592000000 */
  readonly keepDeadLettersMs?: number
}

/** What accepted work needs from the rest of the service. */
export interface DurableWorkOptions extends QueueOptions {
  readonly storage: Pick<Storage, "queue" | "pipelines">
  readonly lookup: Lookup
  readonly invoke: Invoke
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
  readonly onError: ConsumerOptions["onError"]
}

/** Work that was accepted and is done later. */
export interface DurableWork {
  readonly queue: Queue
  readonly calls: DurableCalls
  readonly deadLetters: DeadLetters
  readonly pipelines: Pipelines
  readonly publish: ReturnType<typeof createPublish>
  readonly consumer: Consumer
  readonly now: () => number
  start(): void
  /** Takes no more, waits, and hands back what has not ended after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

const dayMs = 86_400_000

/** Puts the parts together that accept work and do it. */
export function createDurableWork(options: DurableWorkOptions): DurableWork {
  const { storage, lookup, invoke, now, newId, tell, onError, concurrency, leaseMs = 30_000, pollMs } = options
  const { queue } = storage
  const calls = createDurableCalls({
    queue,
    invoke,
    now,
    newId,
    newTraceId,
    random: Math.random,
    async resolve(organisation, name, external) {
      const { name: functionName, network, retry } = await lookup.resolve(organisation, name)
      if (external && isInternal(network)) {
        throw new FunctionsError("FN_009", "Cannot call this function over HTTP: it is internal.")
      }
      return { name: functionName, retry }
    },
  })
  const consumer = createConsumer({
    queue,
    work: { function: calls.work, pipeline: (...job) => pipelines.work(...job) },
    now,
    onError,
    ...(concurrency !== undefined && { concurrency }),
    leaseMs,
    ...(pollMs !== undefined && { pollMs }),
  })
  const pipelines = createPipelines({
    store: storage.pipelines,
    queue,
    invoke,
    async resolve(organisation, name) {
      const { name: functionName, number } = await lookup.resolve(organisation, name)
      return { name: functionName, version: number }
    },
    adopt: consumer.adopt,
    abort: consumer.abort,
    leaseMs,
    now,
    newId,
    random: Math.random,
    tell,
  })
  const sweeper = createSweeper({
    queue,
    now,
    onError,
    expireOthers: storage.pipelines.expireCached,
    keepMs: {
      succeeded: options.keepEndedMs ?? dayMs,
      cancelled: options.keepEndedMs ?? dayMs,
      failed: options.keepDeadLettersMs ?? 30 * dayMs,
    },
  })
  return {
    queue,
    calls,
    deadLetters: createDeadLetters({ queue, now, newId }),
    pipelines,
    publish: createPublish({ deliver: pipelines.deliver, now, newId }),
    consumer,
    now,
    start() {
      if (concurrency === 0) return
      consumer.start()
      sweeper.start()
    },
    async stop(graceMs) {
      sweeper.stop()
      await consumer.stop(graceMs)
    },
  }
}
