import type { Anomaly } from "../../model/anomaly.ts"
import type { Heard } from "./heard.ts"

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** What is so many times as far from the usual is like it to a third. */
const ratioWidth: number = Math.log(1.5)

/** What a mark says of one series: a silence, or how far and in which direction the value was from the usual one. */
interface Pattern {
  readonly key: string
  readonly at: number
  /** Null for a silence. */
  readonly distance: number | null
}

/**
 * How much a finding is like those that somebody has marked as expected, from 0 to 1. A value is like one of the same series in the
 * same direction, the more so the nearer their distances from the usual value are: a Gaussian of the logarithm of their ratio. A silence is
 * like one that was found at that time of day, UTC: a Gaussian of the hours between them.
 */
export function likeness({ watched, result }: Heard, marked: readonly Anomaly[]): number {
  const { key } = watched.signal.series
  const { value, before, timestampMs } = result
  let most = 0
  for (const pattern of marked.flatMap(toPatterns)) {
    if (pattern.key !== key) continue
    const apart =
      value === null || before === undefined
        ? hoursApart(pattern, timestampMs)
        : logRatio(pattern, value - before.mean) / ratioWidth
    most = Math.max(most, Math.exp(-(apart ** 2)))
  }
  return most
}

function toPatterns({ key, at, value, context, alongside = [] }: Anomaly): readonly Pattern[] {
  const own = { key, at, distance: value === null ? null : value - context.before.mean }
  const others = alongside.map((one) => ({
    key: one.key,
    at,
    distance: one.value === null ? null : one.value - one.usual,
  }))
  return [own, ...others]
}

function hoursApart({ at, distance }: Pattern, timestampMs: number): number {
  if (distance !== null) return Number.POSITIVE_INFINITY
  const apart = Math.abs(timestampMs - at) % dayMs
  return Math.min(apart, dayMs - apart) / hourMs
}

function logRatio({ distance }: Pattern, own: number): number {
  if (distance === null || own * distance <= 0) return Number.POSITIVE_INFINITY
  return Math.log(own / distance)
}
