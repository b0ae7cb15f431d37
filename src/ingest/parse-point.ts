import { createHash } from "node:crypto"
import { z } from "zod"
import type { IngestSource, RejectedPoint } from "../model/ingestion.ts"
import { toErrorIssues } from "../model/invalid.ts"
import type { NewPoint } from "../model/metrics.ts"
import { dimensionCountIssue, keyIssue, maxPastMs, timeIssue } from "../model/point.ts"
import { dimensionsSchema, timeSchema, valueSchema } from "../model/point-schema.ts"
import type { PointMark } from "../ports/ingest-storage.ts"
import { neutralise } from "../util/neutralise.ts"
import { createKeyMapping } from "./map-keys.ts"

const maxPath = 200

/** How long a key may be as its source sends it; what it becomes is shorter. */
export const maxSentKey = 200

const pointSchema = z.strictObject(
  {
    id: z
      .string({ message: "must be text" })
      .min(1, { message: "must not be empty" })
      .max(200, { message: "must have at most 200 characters" })
      .optional(),
    key: z
      .string({ message: "must be text" })
      .max(maxSentKey, { message: `must have at most ${maxSentKey} characters` }),
    value: valueSchema,
    at: timeSchema.optional(),
    dimensions: dimensionsSchema.optional(),
  },
  { message: "must be an object with key and value" },
)

type SentPoint = z.infer<typeof pointSchema>

/** A point that may be stored. */
export interface ReadPoint {
  readonly point: Required<NewPoint>
  /** Null where the point has nothing to be known by. */
  readonly mark: PointMark | null
  /** Why it may not be stored after all, where its mark is that of another point. */
  readonly clash: Refusal
}

/** Why one may not. */
export type Refusal = Omit<RejectedPoint, "index">

/** What a point is read with. */
export interface PointReading {
  /** Null where the points come from none. */
  readonly source: IngestSource | null
  /** Epoch milliseconds. */
  readonly now: number
  /** How long ago a point may have been measured, and is known by then; in milliseconds. @default a day */
  readonly pastMs?: number | undefined
}

const idClash: Refusal = { path: "id", message: "belongs to another point of the source" }
const timeClash: Refusal = {
  path: "at",
  message: "belongs to another value of this key and these dimensions; where both count, give each point an id",
}

/** A minute in which the clocks of others may be ahead. */
const marginMs = 60_000

/** Makes what reads points one by one; none of them minds the others. */
export function createPointReader({
  source,
  now,
  pastMs = maxPastMs,
}: PointReading): (given: unknown) => ReadPoint | Refusal {
  const mapKey = createKeyMapping(source?.keys ?? {})
  return (given) => {
    if (source?.enabled === false) return { path: "", message: `comes from source "${source.name}", which is off` }
    const parsed = pointSchema.safeParse(given)
    if (!parsed.success) return toRefusal(parsed.error)
    const { key: sent, value, at = now, dimensions: own } = parsed.data
    const key = mapKey(sent)
    const noKey = keyIssue(key)
    if (noKey !== undefined) {
      const as = key === sent ? "" : `becomes "${key.slice(0, 80)}", which `
      return { path: "key", message: as + noKey }
    }
    const dimensions = { ...source?.dimensions, ...own }
    const count = Object.keys(dimensions).length
    const tooMany = dimensionCountIssue(count)
    if (tooMany !== undefined) {
      return { path: "dimensions", message: `${tooMany}: with those of source "${source?.name}" they are ${count}` }
    }
    const wrong = timeIssue(at, now, pastMs)
    if (wrong !== undefined) return { path: "at", message: wrong }
    const until = Math.max(at, now) + pastMs + marginMs
    return {
      point: { key, value, at, dimensions },
      mark: toMark(parsed.data, source?.name ?? "", until),
      clash: parsed.data.id === undefined ? timeClash : idClash,
    }
  }
}

/** The first thing that is wrong. Its path may be of names that whoever sent it made up. */
function toRefusal(error: z.ZodError): Refusal {
  const { path, message } = toErrorIssues(error)[0] ?? { path: "", message: "is no point" }
  return { path: neutralise(path.slice(0, maxPath)), message }
}

/**
 * What the point is known by is what was sent, whatever the source makes of it. It is known for as long as it would be
 * taken: later it is refused for its time.
 */
function toMark({ id, key, value, at, dimensions = {} }: SentPoint, source: string, until: number): PointMark | null {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))
  const content = hashOf([key, value, sorted])
  if (id !== undefined) return { id: hashOf(["id", source, id]), content, until }
  return at === undefined ? null : { id: hashOf(["at", source, key, sorted, at]), content, until }
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22)
}
