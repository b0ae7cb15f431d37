import type { AlertOccasion } from "../model/alert.ts"
import type { AnomalyCondition } from "../model/alert-condition.ts"
import type { Anomaly } from "../model/anomaly.ts"
import { alertSeverities } from "../model/severity.ts"
import { seriesId } from "../util/series-id.ts"
import { functionOf, hasDimensions } from "./checks/groups.ts"
import { isFunctionKey, keyOf } from "./checks/measure.ts"
import { nameOf } from "./checks/occasion.ts"

/** The series whose alert it is; null where it is the function's, of which all measures are one trouble. */
export function seriesOf({ key, functionId, dimensions }: Anomaly): string | null {
  return isFunctionKey(key) ? null : seriesId(key, functionId, dimensions)
}

/** What is worth an alert about something unusual; undefined where nothing is. What somebody expects is not. */
export function judgeAnomaly(
  { metric, dimensions, minSeverity = "low" }: AnomalyCondition,
  anomaly: Anomaly,
  baseUrl: string,
): AlertOccasion | undefined {
  const { key, severity, score, value, at, breakdown, context } = anomaly
  if (anomaly.expected !== null) return undefined
  if (alertSeverities.indexOf(severity) < alertSeverities.indexOf(minSeverity)) return undefined
  if (metric !== undefined && keyOf(metric) !== key) return undefined
  if (!hasDimensions(anomaly.dimensions, dimensions)) return undefined
  const subject = nameOf({ function: functionOf(anomaly), dimensions: anomaly.dimensions })
  const { mean, standardDeviation, count } = context.before
  const before = count === 0 ? "" : `, after ${figure(mean)} ± ${figure(standardDeviation)}`
  const what = value === null ? "has gone silent" : `is unusual: ${figure(value)}${before}`
  const methods = Object.entries(breakdown)
    .filter(([, { surprise }]) => surprise > 0)
    .sort(([, a], [, b]) => b.surprise * b.weight - a.surprise * a.weight)
    .map(([method]) => method)
  const by = methods.length === 0 ? "" : `, by ${methods.join(", ")}`
  return {
    message: `${key} of ${subject} ${what} (${severity}, score ${figure(score)}${by}).`,
    value,
    invocationId: null,
    traceId: null,
    error: null,
    finding: { type: "anomaly", anomaly, link: `${baseUrl}/anomalies/${encodeURIComponent(anomaly.id)}` },
    at,
  }
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)))
}
