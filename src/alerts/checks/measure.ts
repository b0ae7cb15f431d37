import {
  type AlertMeasure,
  type AlertReading,
  type AlertStatistic,
  type FunctionMetric,
  functionMetrics,
} from "../../model/alert-condition.ts"
import { functionKeys, type MetricFigures } from "../../model/metrics.ts"

/** What a condition reads of series. */
export interface Measure {
  /** As the rule says it. */
  readonly metric: string
  /** Of the series. */
  readonly key: string
  readonly statistic: AlertStatistic
  /** No values are 0: they were counted or summed up. */
  readonly isZeroWhenEmpty: boolean
  readonly minCount: number
  readonly unit: "share" | "ms" | "bytes" | ""
}

type Fixed = Pick<Measure, "key" | "unit"> & { readonly statistic?: AlertStatistic; readonly minCount?: number }

/** A rate of few calls says little. */
const rateCount = 10

const ofFunctions: Readonly<Record<FunctionMetric, Fixed>> = {
  durationMs: { key: functionKeys.duration, unit: "ms" },
  cpuMs: { key: functionKeys.cpu, unit: "ms" },
  memoryBytes: { key: functionKeys.memory, unit: "bytes" },
  errorRate: { key: functionKeys.errors, unit: "share", statistic: "average", minCount: rateCount },
  coldStartRate: { key: functionKeys.coldStarts, unit: "share", statistic: "average", minCount: rateCount },
  invocations: { key: functionKeys.duration, unit: "", statistic: "count" },
  throttled: { key: functionKeys.throttled, unit: "", statistic: "count" },
  concurrency: { key: functionKeys.concurrency, unit: "" },
}

/** Whether it is one of those that functions have. */
function isFunctionMetric(metric: string): metric is FunctionMetric {
  return (functionMetrics as readonly string[]).includes(metric)
}

/** Whether the metric of a function says already what is read of its values. */
export function hasFixedStatistic(metric: string): boolean {
  return isFunctionMetric(metric) && ofFunctions[metric].statistic !== undefined
}

/** Whether this is a key of the service's own, which only functions have. */
export function isFunctionKey(key: string): boolean {
  return Object.values(functionKeys).some((own) => own === key)
}

/** The key of the series that a metric is. */
export function keyOf(metric: string): string {
  return isFunctionMetric(metric) ? ofFunctions[metric].key : metric
}

/** What a condition means. */
export function toMeasure(reading: AlertMeasure & Pick<AlertReading, "statistic" | "minCount">): Measure {
  const { metric } = reading
  const fixed: Fixed = isFunctionMetric(metric) ? ofFunctions[metric] : { key: metric, unit: "" }
  const usual = metric === "concurrency" ? "max" : "average"
  const statistic = fixed.statistic ?? reading.statistic ?? usual
  const isZeroWhenEmpty = statistic === "count" || statistic === "sum"
  const minCount = reading.minCount ?? (isZeroWhenEmpty ? 0 : (fixed.minCount ?? 1))
  return { metric, key: fixed.key, statistic, isZeroWhenEmpty, minCount, unit: fixed.unit }
}

/** What the values come to; null where they are too few to say, or where it was not to be expected that there are any. */
export function readValue(
  { statistic, isZeroWhenEmpty, minCount }: Measure,
  figures: MetricFigures,
  isExpected: boolean,
): number | null {
  const { count, mean } = figures
  if (count < minCount || (count === 0 && !(isZeroWhenEmpty && isExpected))) return null
  return statistic === "average" ? mean : figures[statistic]
}

/** The measure of a function or series in words, such as `the p95 of durationMs of transform`. */
export function describe(measure: Measure, subject: string): string {
  const { metric, statistic } = measure
  const what = hasFixedStatistic(metric) ? metric : `the ${statistic} of ${metric}`
  return `${what} of ${subject}`
}

/** A value with its unit. */
export function show({ unit }: Pick<Measure, "unit">, value: number): string {
  if (unit === "share") return `${round(value * 100)} %`
  return unit === "" ? round(value) : `${round(value)} ${unit}`
}

function round(value: number): string {
  const rounded = Math.round(value * 100) / 100
  return String(rounded === 0 && value !== 0 ? Number(value.toPrecision(2)) : rounded)
}

/** A length of time in words, such as `5 min`. */
export function showSpan(ms: number): string {
  if (ms >= 172_800_000) return `${round(ms / 86_400_000)} days`
  if (ms >= 7_200_000) return `${round(ms / 3_600_000)} h`
  return ms >= 60_000 ? `${round(ms / 60_000)} min` : `${round(ms / 1000)} s`
}
