import { notFound } from "../errors/not-found.ts"
import { invalid } from "../model/invalid.ts"
import type { TimeRange } from "../model/metrics.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { Dependency, SlowPath, SpanReading, SpanRecord, Trace, TraceFilter, TraceSummary } from "../model/span.ts"
import type { ReadSpan, SpanQuery, TraceStore } from "../ports/trace-storage.ts"
import { createBatches } from "../util/create-batches.ts"
import { boundTraces } from "./bound-traces.ts"
import { toDependencies } from "./dependencies.ts"
import { createRecording, type Recording } from "./recording.ts"
import { createSampler } from "./sampler.ts"
import { toSlowPaths } from "./slow-paths.ts"
import { toTree } from "./to-tree.ts"

/** Which traces are kept, and for how long. */
export interface TracesOptions {
  /**
   * The share of traces that is kept, from 0 to 1, chosen by their ids. What fails or is slow is kept in any case.
   * @default 1
   */
  readonly sample?: number
  /**
   * Spans that a process keeps in a second in the long run, and as many again that failed or were slow; a hundred times as
   * many at once. Beyond that a smaller share of traces is kept. 0 keeps none.
   * @default 20
   */
  readonly spansPerSecond?: number
  /** From how many milliseconds on something is slow. @default 1000 */
  readonly slowMs?: number
  /** For how many milliseconds traces are kept. @default 604800000, which are 7 days */
  readonly keepMs?: number
  /** Whether requests of functions carry `traceparent` and `tracestate`. @default true */
  readonly propagate?: boolean
}

/** What `createTraces` needs from the rest of the service. */
export interface CreateTracesOptions {
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Hears of failures in the background; `dropped` spans are lost for good. */
  readonly onError: (error: unknown, context: { readonly stage: "traces"; readonly dropped?: number }) => void
  readonly settings?: TracesOptions | undefined
  readonly store: TraceStore
}

/** The traces of all organisations. */
export interface Traces extends Recording {
  /** `FN_001` where nothing of it is stored. */
  get(organisation: string, traceId: string): Promise<Trace>
  list(organisation: string, filter: TraceFilter, page: PageRequest): Promise<Page<TraceSummary>>
  /** The slowest first, at most `limit`. */
  slowest(organisation: string, query: SpanQuery, limit: number): Promise<SpanReading<SlowPath>>
  dependencies(organisation: string, range: TimeRange): Promise<SpanReading<Dependency>>
  /** Removes what is too old; answers how many traces it took. */
  expire(now: number, limit: number): Promise<number>
  /** Writes what waits. */
  close(): Promise<void>
}

/** Of one trace. */
const maxSpansShown = 10_000
/** Spans that a map or the slowest paths are made of. */
const maxSpansRead = 100_000
const spansAtOnce = 5_000
/** So many of one trace: they are looked at in one go. */
const maxSpansOfTrace = 5_000
/** So many wait while the storage fails. */
const maxBuffered = 10_000

/** Creates what keeps traces and reads them. */
export function createTraces({ settings = {}, store, now, onError }: CreateTracesOptions): Traces {
  const { sample = 1, spansPerSecond = 20, slowMs = 1000, keepMs = 604_800_000, propagate = true } = settings
  check("sample", sample, sample >= 0 && sample <= 1, "a share from 0 to 1")
  check("spansPerSecond", spansPerSecond, spansPerSecond >= 0, "a number, 0 or more")
  check("slowMs", slowMs, slowMs >= 0, "milliseconds, 0 or more")
  check("keepMs", keepMs, keepMs >= 60_000, "milliseconds, at least a minute")
  if (typeof propagate !== "boolean") {
    throw new TypeError(`Cannot keep traces with propagate ${JSON.stringify(propagate)}: it must be true or false.`)
  }
  const { add, flush, close } = createBatches<SpanRecord>({
    write: (spans) => store.insert(spans),
    noun: "spans",
    now,
    onError: (error, dropped) => onError(error, { stage: "traces", ...(dropped !== undefined && { dropped }) }),
    flushAfterMs: 500,
    maxBuffered,
  })
  const sampler = createSampler({ sample, spansPerSecond, now })

  async function read(organisation: string, query: SpanQuery): Promise<SpanReading<ReadSpan>> {
    await flush()
    const items: ReadSpan[] = []
    let cursor: string | undefined
    do {
      const page = { limit: spansAtOnce, ...(cursor !== undefined && { cursor }) }
      const { items: found, next } = await store.read(organisation, query, page)
      for (const span of found) items.push(span)
      cursor = next ?? undefined
    } while (cursor !== undefined && items.length < maxSpansRead)
    const bounded = boundTraces(items, maxSpansOfTrace)
    return { items: bounded, spans: bounded.length, complete: cursor === undefined && bounded.length === items.length }
  }

  return {
    ...createRecording({ sampler, slowMs, add }),

    async get(organisation, traceId) {
      await flush()
      const found = await store.find(organisation, traceId, maxSpansShown + 1)
      const complete = found.length <= maxSpansShown
      const spans = complete ? found : found.toSorted((a, b) => a.startedAt - b.startedAt).slice(0, maxSpansShown)
      const [first] = spans
      if (first === undefined) throw notFound("trace", traceId)
      const roots = toTree(spans)
      const root = roots[0] ?? first
      const endedAt = spans.reduce((last, span) => Math.max(last, span.startedAt + span.durationMs), root.startedAt)
      return {
        traceId,
        kind: root.kind,
        name: root.name,
        status: spans.some(({ status }) => status === "error") ? "error" : "ok",
        spans: spans.length,
        startedAt: root.startedAt,
        durationMs: endedAt - root.startedAt,
        roots,
        complete,
      }
    },

    async list(organisation, filter, page) {
      const { minDurationMs, status } = filter
      const issues = [
        ...(minDurationMs === undefined || minDurationMs >= 0 ? [] : [issue("minDurationMs", "must be 0 or more")]),
        ...(status === undefined || status === "ok" || status === "error"
          ? []
          : [issue("status", 'must be "ok" or "error"')]),
      ]
      if (issues.length > 0) throw invalid("list traces", issues)
      await flush()
      return await store.list(organisation, filter, page)
    },

    async slowest(organisation, query, limit) {
      const { items, ...reading } = await read(organisation, query)
      return { ...reading, items: await toSlowPaths(items, limit) }
    },

    async dependencies(organisation, range) {
      const { items, ...reading } = await read(organisation, { range })
      return { ...reading, items: await toDependencies(items) }
    },

    expire: (at, limit) => store.expire(at - keepMs, limit),
    close,
  }
}

const issue = (path: string, message: string) => ({ path, message })

function check(name: string, value: number, holds: boolean, wanted: string): void {
  if (Number.isFinite(value) && holds) return
  throw new RangeError(`Cannot keep traces with ${name} ${String(value)}: it must be ${wanted}.`)
}
