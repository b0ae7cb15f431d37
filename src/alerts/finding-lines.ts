import type { AlertFinding } from "../model/alert-finding.ts"
import type { ContextSummary } from "../model/anomaly.ts"
import { iso } from "./iso.ts"

/** What is told of a finding beside its sentence. The texts are those of whoever measured: whoever tells them makes them safe. */
export function linesOf(finding: AlertFinding): readonly string[] {
  switch (finding.type) {
    case "threshold":
    case "rate":
      return [seriesLine(finding), `Window: ${iso(finding.window.from)} to ${iso(finding.window.to)}`]
    case "missing":
      return [seriesLine(finding)]
    case "forecast":
      return [
        seriesLine(finding),
        `Breach: ${iso(finding.breachAt)}, ${figure(finding.mean)} expected, ${figure(finding.lower)} to ${figure(finding.upper)} by ${finding.level} %`,
        `Forecast by: ${finding.backend}`,
      ]
    case "anomaly": {
      const { key, dimensions, breakdown, context, consensus } = finding.anomaly
      const methods = Object.entries(breakdown).map(([method, { surprise, weight }]) => {
        return `${method} ${figure(surprise)} (weight ${figure(weight)})`
      })
      return [
        seriesLine({ key, dimensions }),
        `Methods: ${methods.join(", ")}; consensus ${figure(consensus)}`,
        `Before: ${toContext(context.before)}`,
        ...(context.after ? [`After: ${toContext(context.after)}`] : []),
        `Link: ${finding.link}`,
      ]
    }
    case "deployment":
      return []
  }
}

function seriesLine({
  key,
  dimensions,
  statistic,
}: {
  readonly key: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic?: string
}): string {
  const pairs = Object.entries(dimensions).map(([name, value]) => `${name}=${value}`)
  return `Series: ${[key, ...pairs, ...(statistic === undefined ? [] : [statistic])].join(", ")}`
}

function toContext({ count, mean, standardDeviation, min, max }: ContextSummary): string {
  if (count === 0) return "no values"
  return `${count} values, ${figure(mean)} ± ${figure(standardDeviation)}, from ${figure(min)} to ${figure(max)}`
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)))
}
