import { FunctionsError } from "../../src/errors/functions-error.ts"
import type { CloudEvent } from "../../src/model/event.ts"
import type { PipelineRun, PipelineRunRecord, RunStatus } from "../../src/model/pipeline.ts"
import { createPipelines, type Pipelines } from "../../src/pipelines/create-pipelines.ts"
import type { StepCallOptions } from "../../src/pipelines/step-execution.ts"
import type { RuntimeOutput } from "../../src/ports/runtime.ts"
import type { Storage } from "../../src/ports/storage.ts"
import { tryFilter } from "../../src/service/try-filter.ts"
import { createConsumer } from "../../src/triggers/queue/consumer.ts"
import { createFaultJudge } from "../../src/triggers/queue/faults.ts"
import { newId } from "../../src/util/id.ts"
import { wakeAfter } from "../../src/util/wake-after.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"

/** What a function of a test does with its JSON text; what it throws fails its invocation, a FunctionsError its call. */
export type TestFunction = (text: string, options: StepCallOptions) => RuntimeOutput | Promise<RuntimeOutput>

/** One call that a pipeline made. */
export interface Call {
  readonly organisation: string
  readonly name: string
  readonly text: string
  readonly traceId: string
}

/** Pipelines over a real storage, calling functions of the test. */
export interface Bench {
  readonly pipelines: Pipelines
  readonly storage: Storage
  readonly calls: Call[]
  readonly told: PipelineRunRecord[]
  /** What the service itself failed with. */
  readonly reported: unknown[]
  /** Sets the clock forward. */
  advance(ms: number): void
  close(): Promise<void>
}

/** A function over values instead of text. */
export function over(work: (value: never) => unknown): TestFunction {
  return async (text) => {
    const output: unknown = await work(JSON.parse(text) as never)
    return { type: "json", text: JSON.stringify(output) }
  }
}

/** What several processes share. */
export interface Shared {
  readonly storage: Storage
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Functions of organisation `a`, by name. A clock that goes on by 1 ms with each look. */
export async function createBench(functions: Readonly<Record<string, TestFunction>>, shared?: Shared): Promise<Bench> {
  const storage = shared?.storage ?? (await openMemoryStorage())
  const calls: Call[] = []
  const told: PipelineRunRecord[] = []
  const reported: unknown[] = []
  let time = Date.UTC(2030, 0, 1)
  const now = shared?.now ?? (() => time++)
  const consumer = createConsumer({
    wakeAfter,
    queue: storage.queue,
    work: {
      function: (...job) => pipelines.work(...job),
      pipeline: (...job) => pipelines.work(...job),
      event: (...job) => pipelines.work(...job),
      message: (...job) => pipelines.work(...job),
      notification: (...job) => pipelines.work(...job),
      forecast: (...job) => pipelines.work(...job),
      points: (...job) => pipelines.work(...job),
    },
    judgeFault: createFaultJudge({
      ping: () => storage.ping(),
      giveUp: (job, error) => pipelines.giveUp(job.organisation, job.id, error),
      now,
      onError: (error) => reported.push(error),
    }),
    now,
    pollMs: 5,
    onError: (error) => reported.push(error),
  })
  const pipelines = createPipelines({
    store: storage.pipelines,
    queue: storage.queue,
    adopt: consumer.adopt,
    abort: consumer.abort,
    interrupt: consumer.interrupt,
    leaseMs: 30_000,
    checkTriggers: () => () => {},
    random: () => 0.5,
    now,
    wakeAfter,
    newId,
    tell: (name, fact) => {
      if (name === "pipeline.finished") told.push(fact as PipelineRunRecord)
    },
    async resolve(organisation, name) {
      if (name.endsWith("@gone")) throw new FunctionsError("FN_001", "Cannot find it.")
      const [target = ""] = name.split("@")
      if (organisation !== "a" || !Object.hasOwn(functions, target)) return null
      const hashes = { contentHash: `content of ${target}`, environmentHash: "no variables" }
      return { functionId: `id-of-${target}`, name: target, version: 3, runtime: "quickjs", ...hashes }
    },
    compileFilter: tryFilter,
    service: async () => ({ inlay: "1.0.0", node: "20.19.0" }),
    async invoke(organisation, name, input, options) {
      if (input.type !== "json") throw new TypeError("Steps send JSON.")
      calls.push({ organisation, name, text: input.text, traceId: options.traceId })
      const work = functions[name.split("@")[0] ?? ""]
      if (!work) throw new FunctionsError("FN_001", `Cannot find function "${name}": there is none.`)
      const startedAt = now()
      const invocation = { id: newId(startedAt), functionId: `id-of-${name}`, name, version: 3, logs: [], startedAt }
      const measures = { cpuMs: 1, memoryBytes: 1, coldStart: false, traceId: options.traceId }
      try {
        const output = await work(input.text, options)
        const endedAt = now()
        const times = { endedAt, durationMs: endedAt - startedAt }
        return { invocation: { ...invocation, ...measures, ...times, status: "succeeded" }, output }
      } catch (cause) {
        if (cause instanceof FunctionsError || !(cause instanceof Error)) throw cause
        const endedAt = now()
        const times = { endedAt, durationMs: endedAt - startedAt }
        const error = { code: "FN_004", name: cause.name, message: cause.message, stack: "at index.js:1:1" } as const
        return { invocation: { ...invocation, ...measures, ...times, status: "failed", error } }
      }
    },
  })
  consumer.start()
  const close = async () => {
    await consumer.stop(0)
    if (!shared) await storage.close()
  }
  const advance = (ms: number) => {
    time += ms
  }
  return { pipelines, storage, calls, told, reported, advance, close }
}

/** Opens benches with some functions of their own, and closes all of them. */
export function createOpener(common: Readonly<Record<string, TestFunction>>): {
  readonly create: (functions?: Readonly<Record<string, TestFunction>>) => Promise<Bench>
  readonly closeAll: () => Promise<void>
} {
  const open: Bench[] = []
  return {
    async create(functions = {}) {
      const bench = await createBench({ ...common, ...functions })
      open.push(bench)
      return bench
    },
    async closeAll() {
      for (const bench of open.splice(0)) await bench.close()
    },
  }
}

/** An event as it is delivered. */
export function eventOf(type: string, given: Partial<CloudEvent> = {}): CloudEvent {
  return { specversion: "1.0", id: "1", source: "test", type, time: "2030-01-01T00:00:00Z", ...given }
}

/** The run of organisation `a` once it has one of these statuses. */
export async function reaches(
  pipelines: Pipelines,
  id: string,
  ...statuses: readonly RunStatus[]
): Promise<PipelineRun> {
  for (;;) {
    const run = await pipelines.getRun("a", id)
    if (statuses.includes(run.status)) return run
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
