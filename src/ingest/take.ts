import { z } from "zod"
import { notFound } from "../errors/not-found.ts"
import { type IdempotencyOptions, toHash, toIdempotency } from "../model/idempotency.ts"
import type { IngestResult, RejectedPoint } from "../model/ingestion.ts"
import { invalid, toErrorIssues } from "../model/invalid.ts"
import type { NewPoint } from "../model/metrics.ts"
import type { IngestStore, MarkState } from "../ports/ingest-storage.ts"
import type { MetricWindow, SeenSeries } from "../ports/metric-storage.ts"
import { prune, toLetter, toText } from "./dead-letter.ts"
import { createPointReader, type ReadPoint, type Refusal } from "./parse-point.ts"

/** What taking batches needs. */
export interface TakeParts {
  readonly store: Pick<IngestStore, "store" | "findSource">
  /** Makes windows of points; `stored` is called once they are. */
  readonly gather: (
    organisation: string,
    points: readonly Required<NewPoint>[],
  ) => {
    readonly windows: readonly MetricWindow[]
    readonly series: readonly SeenSeries[]
    stored(): void
  }
  /** Epoch milliseconds, the same in all processes that share the storage. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly newTraceId: () => string
}

/** How a batch is taken. */
export interface TakeOptions extends IdempotencyOptions {
  /** How long ago its points may have been measured, in milliseconds. @default a day */
  readonly pastMs?: number
  /** Whether points are left to the caller where none of them could be taken. @default they become a dead letter */
  readonly leavesAll?: boolean
}

/** Takes a batch: `FN_006` and `FN_001` where it is none, and then nothing is stored. */
export type Take = (organisation: string, batch: unknown, options?: TakeOptions) => Promise<IngestResult>

const maxPoints = 1000
const ingesting = "ingest"

const batchSchema = z.strictObject(
  {
    points: z
      .array(z.unknown(), { message: "must be a list of points" })
      .min(1, { message: "must have at least one point" })
      .max(maxPoints, { message: `must have at most ${maxPoints} points` }),
    source: z.string({ message: "must be the name of a source" }).optional(),
  },
  { message: "the batch must be an object with points" },
)

/** Makes what takes batches. */
export function createTake({ store, gather, now, newId, newTraceId }: TakeParts): Take {
  return async (organisation, given, { pastMs, leavesAll = false, ...key } = {}) => {
    const parsed = batchSchema.safeParse(given)
    if (!parsed.success) throw invalid(ingesting, toErrorIssues(parsed.error))
    const { points, source: sourceName } = parsed.data
    const at = now()
    const idempotency = toIdempotency(key, {
      toKey: toHash,
      content: { json: key.idempotencyKey === undefined ? "" : toText([sourceName ?? null, prune(points)]) },
      at,
      refuse: (path, message) => invalid(ingesting, [{ path, message }]),
    })
    const source = sourceName === undefined ? null : await store.findSource(organisation, sourceName)
    const read = sortOut(points, createPointReader({ source, now: at, pastMs }))
    const marks = read.candidates.flatMap(({ mark }) => mark ?? [])

    let gathered: ReturnType<TakeParts["gather"]> | undefined
    const stored = await store.store({ organisation, idempotency, marks, now: at }, (states) => {
      // Not before: what was stored under the key is answered whatever became of its source.
      if (sourceName !== undefined && source === null) throw notFound("source", sourceName)
      const { fresh, duplicates, rejected } = judge(read, states)
      gathered = gather(organisation, fresh)
      const leaves = rejected.length === 0 || (leavesAll && rejected.length === points.length)
      const letter = leaves
        ? null
        : toLetter(points, rejected, {
            organisation,
            source: sourceName,
            at,
            id: newId(at),
            traceId: newTraceId(),
          })
      const result: IngestResult = { accepted: fresh.length, duplicates, rejected, deadLetterId: letter?.id ?? null }
      const { windows, series } = gathered
      return { answer: JSON.stringify(result), windows, series, jobs: letter ? [letter] : [] }
    })
    if (stored.outcome === "conflict") {
      throw invalid(ingesting, [{ path: "idempotencyKey", message: "belongs to another batch" }])
    }
    if (stored.outcome === "stored") gathered?.stored()
    return JSON.parse(stored.answer) as IngestResult
  }
}

interface Candidate extends ReadPoint {
  readonly index: number
}

/** The points of a batch, each in one of the three. */
interface Sorted {
  /** To be stored where their marks are new; no two of them have the same mark. */
  readonly candidates: readonly Candidate[]
  readonly duplicates: readonly number[]
  readonly rejected: readonly RejectedPoint[]
}

/** Reads points one by one; of those with the same mark the first counts. */
function sortOut(points: readonly unknown[], read: (given: unknown) => ReadPoint | Refusal): Sorted {
  const candidates: Candidate[] = []
  const duplicates: number[] = []
  const rejected: RejectedPoint[] = []
  const contents = new Map<string, string>()
  for (const [index, given] of points.entries()) {
    const one = read(given)
    if ("message" in one) {
      rejected.push({ index, ...one })
      continue
    }
    const { mark } = one
    const before = mark === null ? undefined : contents.get(mark.id)
    if (mark !== null && before === undefined) contents.set(mark.id, mark.content)
    if (mark === null || before === undefined) candidates.push({ index, ...one })
    else if (before === mark.content) duplicates.push(index)
    else rejected.push({ index, ...one.clash })
  }
  return { candidates, duplicates, rejected }
}

/** Sorts the candidates out by what the storage knows; `states` are those of the candidates with marks, in order. */
function judge({ candidates, duplicates, rejected }: Sorted, states: readonly MarkState[]) {
  const fresh: Required<NewPoint>[] = []
  const known: number[] = []
  const taken: RejectedPoint[] = []
  let next = 0
  for (const { index, point, mark, clash } of candidates) {
    const state = mark === null ? "new" : (states[next++] ?? "new")
    if (state === "new") fresh.push(point)
    else if (state === "known") known.push(index)
    else taken.push({ index, ...clash })
  }
  return {
    fresh,
    duplicates: [...duplicates, ...known].sort((a, b) => a - b),
    rejected: [...rejected, ...taken].sort((a, b) => a.index - b.index),
  }
}
