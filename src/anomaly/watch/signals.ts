import { functionKeys, type MetricSeries } from "../../model/metrics.ts"
import type { MetricMinute } from "../../ports/metric-storage.ts"

/** The key of the calls of a function in a minute: they are counted from its durations, and are no series of their own. */
const callsKey = "function.calls"

/** Series of functions that say nothing that the watched ones do not. */
const unwatchedKeys: ReadonlySet<string> = new Set([
  functionKeys.cpu,
  functionKeys.coldStarts,
  functionKeys.throttled,
  functionKeys.concurrency,
])

/** Series that are judged together: what goes wrong with a function shows in its durations and its errors. */
export const jointKeys: ReadonlySet<string> = new Set([functionKeys.duration, functionKeys.errors])

/** What is watched of a series, and how its points are made of minutes. */
export interface Signal {
  /** Of calls, with an id and a key of their own. */
  readonly series: MetricSeries
  /** The id of the series whose windows it is made of. */
  readonly source: string
  readonly figure: "mean" | "count" | "sum"
  /** Whether minutes of few values are put together: the mean of two calls is mostly chance. */
  readonly gathers: boolean
  /** What the values are, where minutes of few of them are looked at by themselves, too. */
  readonly few?: "sizes" | "shares"
  /** Whether it is unusual that it has no values. */
  readonly tellsSilence: boolean
  /** What is told together: a function, or a series by itself. */
  readonly subject: string
}

/** Which signals there are in a series. */
export function toSignals(series: MetricSeries): readonly Signal[] {
  const { id, key, functionId } = series
  if (functionId === null || !key.startsWith("function.")) {
    return [{ series, source: id, figure: "mean", gathers: false, tellsSilence: true, subject: id }]
  }
  if (unwatchedKeys.has(key)) return []
  const base = { source: id, subject: functionId }
  if (key === functionKeys.egress) return [{ ...base, series, figure: "sum", gathers: false, tellsSilence: false }]
  const mean: Signal = { ...base, series, figure: "mean", gathers: true, tellsSilence: false }
  if (key === functionKeys.errors) return [{ ...mean, few: "shares" }]
  if (key !== functionKeys.duration) return [mean]
  const calls = { ...series, id: `${id}.calls`, key: callsKey }
  return [
    { ...mean, few: "sizes" },
    { ...base, series: calls, figure: "count", gathers: false, tellsSilence: true },
  ]
}

/** The value of a point. */
export function toValue({ figure }: Signal, { count, sum }: Pick<MetricMinute, "count" | "sum">): number {
  if (figure === "count") return count
  return figure === "sum" ? sum : sum / count
}

/** Tells a series from those of other organisations, too. */
export function nameOf({ organisation, id }: Pick<MetricSeries, "organisation" | "id">): string {
  return `${organisation}/${id}`
}
