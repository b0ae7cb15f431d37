import { type CallFigures, functionKeys, type MetricsReport, type Spread, type TimeRange } from "../model/metrics.ts"
import { Aggregate } from "./aggregate.ts"
import type { PointSource } from "./create-windows.ts"
import { type PointSources, readSteps } from "./read-points.ts"
import { toSeries } from "./series.ts"

const dayMs = 86_400_000
const reported = ["duration", "cpu", "memory", "errors", "coldStarts"] as const

/** The aggregates that the figures of a day or a month are taken from. */
type Measures = Readonly<Record<(typeof reported)[number], Aggregate>>

/** A month as reports name it. */
export const monthPattern: RegExp = /^(?:19[7-9][0-9]|[2-9][0-9]{3})-(?:0[1-9]|1[0-2])$/

/** What one function's calls came to in a month, day by day, beside the month before. */
export async function reportMonth(
  sources: PointSources,
  organisation: string,
  { functionId, name }: { readonly functionId: string; readonly name: string },
  month: string,
): Promise<MetricsReport> {
  if (!monthPattern.test(month)) {
    throw new RangeError(
      `Cannot report on month "${String(month).slice(0, 40)}": write year and month, such as "2026-10".`,
    )
  }
  const monthBefore = addMonths(month, -1)
  const days = await readDays(sources, organisation, functionId, name, month)
  const total = toFigures(mergeAll([...days.values()]))
  const before = toFigures(
    mergeAll([...(await readDays(sources, organisation, functionId, name, monthBefore)).values()]),
  )
  return {
    name,
    functionId,
    month,
    days: [...days]
      .sort(([a], [b]) => a - b)
      .map(([at, measures]) => ({ date: new Date(at).toISOString().slice(0, 10), ...toFigures(measures) })),
    total,
    before: { month: monthBefore, total: before },
    trend: toTrend(total, before),
  }
}

/** What one function's calls came to in a range, whose ends are steps' ends. */
export async function figuresOf(
  sources: PointSources,
  organisation: string,
  source: PointSource,
  range: TimeRange,
  stepMs: number,
): Promise<CallFigures> {
  return toFigures(mergeAll([...(await readMeasures(sources, organisation, source, range, stepMs)).values()]))
}

function readDays(
  sources: PointSources,
  organisation: string,
  functionId: string,
  name: string,
  month: string,
): Promise<ReadonlyMap<number, Measures>> {
  const range = { from: Date.parse(`${month}-01`), to: Date.parse(`${addMonths(month, 1)}-01`) }
  return readMeasures(sources, organisation, { functionId, name }, range, dayMs)
}

async function readMeasures(
  sources: PointSources,
  organisation: string,
  { functionId, name }: PointSource,
  range: TimeRange,
  stepMs: number,
): Promise<ReadonlyMap<number, Measures>> {
  const steps = new Map<number, Measures>()
  await Promise.all(
    reported.map(async (measure) => {
      const series = toSeries(organisation, functionKeys[measure], functionId, { function: name })
      for (const [at, aggregate] of await readSteps(sources, organisation, [series], stepMs, range)) {
        steps.set(at, { ...(steps.get(at) ?? emptyMeasures()), [measure]: aggregate })
      }
    }),
  )
  return steps
}

function mergeAll(days: readonly Measures[]): Measures {
  const all = emptyMeasures()
  for (const day of days) for (const measure of reported) all[measure].merge(day[measure])
  return all
}

function emptyMeasures(): Measures {
  return {
    duration: new Aggregate(),
    cpu: new Aggregate(),
    memory: new Aggregate(),
    errors: new Aggregate(),
    coldStarts: new Aggregate(),
  }
}

function toFigures({ duration, cpu, memory, errors, coldStarts }: Measures): CallFigures {
  const { count, p50, p95, p99 } = duration.toFigures()
  return {
    invocations: count,
    durationMs: { ...toSpread(duration), p50, p95, p99 },
    cpuMs: toSpread(cpu),
    memoryBytes: toSpread(memory),
    errorRate: toSpread(errors),
    coldStartRate: toSpread(coldStarts),
  }
}

function toSpread(aggregate: Aggregate): Spread {
  const { mean, variance } = aggregate.toFigures()
  return { average: mean, variance }
}

/** How much averages have grown; null where there is nothing to compare with. */
export function toTrend(now: CallFigures, before: CallFigures): MetricsReport["trend"] {
  const growth = (value: number, reference: number) => (reference === 0 ? null : value / reference - 1)
  const ofAverage = (measure: Exclude<keyof CallFigures, "invocations">) =>
    now.invocations === 0 ? null : growth(now[measure].average, before[measure].average)
  return {
    invocations: growth(now.invocations, before.invocations),
    durationMs: ofAverage("durationMs"),
    cpuMs: ofAverage("cpuMs"),
    memoryBytes: ofAverage("memoryBytes"),
    errorRate: ofAverage("errorRate"),
    coldStartRate: ofAverage("coldStartRate"),
  }
}

function addMonths(month: string, count: number): string {
  const date = new Date(`${month}-01T00:00:00Z`)
  date.setUTCMonth(date.getUTCMonth() + count)
  return date.toISOString().slice(0, 7)
}
