import type { RejectedPoint } from "../model/ingestion.ts"
import type { InvocationError } from "../model/invocation.ts"
import type { NewJob } from "../model/job.ts"
import { isRecord } from "../util/is-record.ts"
import { readJson } from "../util/read-json.ts"

/** What a dead letter of points has as its input: as a batch, with why its points were rejected. */
export interface LetterInput {
  readonly source?: string
  readonly points: readonly unknown[]
  /** Their indexes are those of the letter's own points. */
  readonly rejected: readonly RejectedPoint[]
}

/** The name of letters whose points come from no source. */
const noSource = "ingest"

/** Replays may lose their process. */
const maxAttempts = 5

/** Makes the job that becomes the dead letter of the points that were rejected; null where none was. */
export function toLetter(
  given: readonly unknown[],
  rejected: readonly RejectedPoint[],
  { organisation, source, at, id, traceId }: LetterOptions,
): NewJob {
  const input: LetterInput = {
    ...(source !== undefined && { source }),
    points: rejected.map(({ index }) => withTime(prune(given[index]), at)),
    rejected: rejected.map(({ path, message }, index) => ({ index, path, message })),
  }
  const target = source ?? noSource
  return {
    id,
    organisation,
    kind: "points",
    target,
    // As other jobs have it: a reference, and what it is about.
    payload: `${target}\n${toText(input)}`,
    priority: 0,
    weight: 1,
    runAt: at,
    deadlineAt: null,
    maxAttempts,
    traceId,
    originId: null,
    flow: null,
    idempotency: null,
    leasedUntil: null,
    createdAt: at,
  }
}

/** A point that can be one has two levels; deeper ones are shown so far. */
const maxDepth = 8

/**
 * What was sent, as JSON has it, without what lies deeper than anything that is meant: JSON text is made by a call for each
 * level. A `Date`, which the host's own code may have given, is its text.
 */
export function prune(value: unknown, depth = 0): unknown {
  const plain = toPlain(value)
  if (typeof plain !== "object" || plain === null) return plain
  if (depth === maxDepth) return "…"
  if (Array.isArray(plain)) return plain.map((one) => prune(one, depth + 1))
  return Object.fromEntries(Object.entries(plain).map(([name, one]) => [name, prune(one, depth + 1)]))
}

/** What JSON has in its place; null where that cannot be made. */
function toPlain(value: unknown): unknown {
  try {
    const { toJSON } = (value ?? {}) as { readonly toJSON?: unknown }
    const plain: unknown = typeof toJSON === "function" ? toJSON.call(value) : value
    return typeof plain === "function" ? undefined : plain
  } catch {
    return null
  }
}

/** JSON text, also of what the host's own code gave and JSON has no number for. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === "bigint" || Number.isNaN(one) || one === Infinity || one === -Infinity ? String(one) : one,
  )
}

/** What is said of a letter beside its points. */
export interface LetterOptions {
  readonly organisation: string
  readonly source: string | undefined
  /** When the points came, epoch milliseconds. */
  readonly at: number
  readonly id: string
  readonly traceId: string
}

/** Reads what a job carries, which whoever replays it may have written. */
export function readLetter(payload: string): { readonly batch: unknown; readonly rejected: readonly RejectedPoint[] } {
  const input = readJson<unknown>(payload.slice(payload.indexOf("\n") + 1), null)
  if (!isRecord(input)) return { batch: input, rejected: [] }
  const { rejected, ...batch } = input
  return { batch, rejected: Array.isArray(rejected) ? (rejected as readonly RejectedPoint[]) : [] }
}

/** Why points were rejected, as the error of their letter. */
export function toLetterError(rejected: readonly RejectedPoint[]): InvocationError {
  const [first] = rejected
  const why = `points.${first?.index}${first?.path ? `.${first.path}` : ""} ${first?.message}`
  const more = rejected.length > 1 ? `; and ${rejected.length - 1} more` : ""
  return { code: "FN_006", name: "FunctionsError", message: `Cannot ingest: ${why}${more}.`, stack: "" }
}

/** A point that says no time was measured when it came, whenever it is replayed. */
export function withTime(point: unknown, at: number): unknown {
  return isRecord(point) && point.at === undefined ? { ...point, at } : point
}
