/** Metrics of functions as they come from a service: one value for each minute, with a rhythm of days and weeks, and seeded noise. */
export const minuteMs = 60_000
export const weekMinutes: number = 7 * 24 * 60
// A Monday.
const beginMs = Date.UTC(2030, 0, 7)

export interface Point {
  readonly value: number
  readonly timestampMs: number
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32, public domain). */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A draw of the standard normal distribution (Box and Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Load by day and week: 1 on average, highest in the afternoon, lower at weekends. */
export function rhythm(minute: number): number {
  const day = 1 + 0.4 * Math.sin(((minute % 1440) / 1440) * 2 * Math.PI - 2)
  return Math.floor(minute / 1440) % 7 < 5 ? day : 0.7 * day
}

export const metrics = {
  /** Milliseconds. */
  latency: (minute: number, random: () => number): number =>
    55 * (0.8 + 0.2 * rhythm(minute)) * Math.exp(0.08 * normal(random)),
  calls: (minute: number, random: () => number): number => {
    const expected = 200 * rhythm(minute)
    return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal(random)))
  },
  /** Megabytes. */
  memory: (minute: number, random: () => number): number => 120 + 6 * rhythm(minute) + 2 * normal(random),
  errors: (): number => 0,
} satisfies Record<string, (minute: number, random: () => number) => number>

export type Metric = keyof typeof metrics

/** `minutes` of a metric, as a fault of the same minute changes it; `null` where no point comes. */
export function simulate(
  metric: Metric,
  seed: number,
  minutes: number,
  change: (value: number, minute: number) => number | null = (value) => value,
): readonly Point[] {
  const random = seeded(seed)
  const points: Point[] = []
  for (let minute = 0; minute < minutes; minute++) {
    const value = change(metrics[metric](minute, random), minute)
    if (value !== null) points.push({ value, timestampMs: timeOf(minute) })
  }
  return points
}

export function timeOf(minute: number): number {
  return beginMs + minute * minuteMs
}

export function minuteOf(timestampMs: number): number {
  return Math.round((timestampMs - beginMs) / minuteMs)
}
