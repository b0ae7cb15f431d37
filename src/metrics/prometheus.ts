import type { MetricSeries } from "../model/metrics.ts"
import { neutralise } from "../util/neutralise.ts"
import { durationBoundsMs, type FunctionTotals, type SeriesTotals } from "./totals.ts"

interface Counter {
  readonly name: string
  readonly help: string
  readonly countOf: (totals: FunctionTotals) => number
}

const counters: readonly Counter[] = [
  { name: "inlay_function_invocations_total", help: "Calls that ran.", countOf: ({ invocations }) => invocations },
  { name: "inlay_function_errors_total", help: "Calls that failed.", countOf: ({ errors }) => errors },
  {
    name: "inlay_function_cold_starts_total",
    help: "Calls that had to build their version's snapshot.",
    countOf: ({ coldStarts }) => coldStarts,
  },
  {
    name: "inlay_function_throttled_total",
    help: "Calls that were refused because too many were under way.",
    countOf: ({ throttled }) => throttled,
  },
  {
    name: "inlay_function_cpu_seconds_total",
    help: "CPU time that calls have used.",
    countOf: ({ cpuMs }) => cpuMs / 1000,
  },
]

const durationName = "inlay_function_duration_seconds"

const recordedName = "inlay_metric"

/** Counters as Prometheus scrapes them: the text format, version 0.0.4, sorted by function and by key. */
export function toPrometheusText(functions: readonly FunctionTotals[], series: readonly SeriesTotals[]): string {
  const sorted = mergeNamesakes(functions).sort((a, b) => (a.name < b.name ? -1 : 1))
  const lines = counters.flatMap(({ name, help, countOf }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} counter`,
    ...sorted.map((totals) => `${name}{function="${escapeLabel(totals.name)}"} ${countOf(totals)}`),
  ])
  lines.push(`# HELP ${durationName} How long calls took.`, `# TYPE ${durationName} histogram`)
  for (const totals of sorted) lines.push(...toHistogram(totals))
  lines.push(`# HELP ${recordedName} What functions and the host have recorded.`, `# TYPE ${recordedName} summary`)
  lines.push(...toSummaries(series))
  return `${lines.join("\n")}\n`
}

/**
 * One of each name, as Prometheus takes no text in which a series is twice: where a function was removed elsewhere and made
 * anew, or a call ended after its function was removed, two are counted here.
 */
function mergeNamesakes(functions: readonly FunctionTotals[]): FunctionTotals[] {
  const merged = new Map<string, FunctionTotals>()
  for (const one of functions) {
    const other = merged.get(one.name)
    merged.set(one.name, other ? addTotals(other, one) : one)
  }
  return [...merged.values()]
}

function addTotals(one: FunctionTotals, other: FunctionTotals): FunctionTotals {
  return {
    name: one.name,
    invocations: one.invocations + other.invocations,
    errors: one.errors + other.errors,
    coldStarts: one.coldStarts + other.coldStarts,
    throttled: one.throttled + other.throttled,
    durationMs: one.durationMs + other.durationMs,
    cpuMs: one.cpuMs + other.cpuMs,
    durations: one.durations.map((count, index) => count + (other.durations[index] ?? 0)),
  }
}

function toSummaries(series: readonly SeriesTotals[]): readonly string[] {
  const merged = new Map<string, Pick<SeriesTotals, "count" | "sum">>()
  for (const { series: one, count, sum } of series) {
    const labels = toLabels(one).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    const { count: otherCount, sum: otherSum } = merged.get(labels.join()) ?? { count: 0, sum: 0 }
    merged.set(labels.join(), { count: count + otherCount, sum: sum + otherSum })
  }
  return [...merged]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([labels, { count, sum }]) => `${recordedName}_sum{${labels}} ${sum}\n${recordedName}_count{${labels}} ${count}`,
    )
}

/** The label of a summary that the format means something else by, and what Prometheus calls such a label elsewhere. */
const taken = "quantile"
const renamed = "exported_"

/** The key and the dimensions. Many readers of the format refuse the whole text where `quantile` is no number. */
function toLabels({ key, dimensions }: MetricSeries): readonly (readonly [name: string, value: string])[] {
  const labels = Object.entries({ key, ...dimensions })
  if (!Object.hasOwn(dimensions, taken)) return labels
  let name = renamed + taken
  while (Object.hasOwn(dimensions, name)) name = renamed + name
  return labels.map(([label, value]) => [label === taken ? name : label, value])
}

/** A label's value, so that whatever is in it ends neither the value, nor the line, nor the text, which U+0000 would. */
function escapeLabel(value: string): string {
  return neutralise(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
}

function toHistogram({ name, durations, invocations, durationMs }: FunctionTotals): readonly string[] {
  const label = `function="${escapeLabel(name)}"`
  let upTo = 0
  return [
    ...durationBoundsMs.map((bound, index) => {
      upTo += durations[index] ?? 0
      return `${durationName}_bucket{${label},le="${bound / 1000}"} ${upTo}`
    }),
    `${durationName}_bucket{${label},le="+Inf"} ${invocations}`,
    `${durationName}_sum{${label}} ${durationMs / 1000}`,
    `${durationName}_count{${label}} ${invocations}`,
  ]
}
