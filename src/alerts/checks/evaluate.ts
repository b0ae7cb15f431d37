import type { AlertRule } from "../../model/alert.ts"
import type { MissingCondition, SeriesCondition } from "../../model/alert-condition.ts"
import type { MetricSeries, TimeRange } from "../../model/metrics.ts"
import { type Group, toGroups } from "./groups.ts"
import { forecastReachMs, judgeForecast } from "./judge-forecast.ts"
import { findLastSeen, judgeMissing } from "./judge-missing.ts"
import { judgeRate } from "./judge-rate.ts"
import { judgeThreshold, thresholdReachMs } from "./judge-threshold.ts"
import { keyOf } from "./measure.ts"
import type { Occasion } from "./occasion.ts"
import type { ForecastOf, SeriesReading, SeriesSource } from "./sources.ts"
import { needsValues, stepOf, windowOf } from "./steps.ts"

/** What evaluation reads. */
export interface EvaluateOptions {
  readonly source: SeriesSource
  /** The names of all functions of an organisation, with when they were made. */
  readonly listFunctions: (organisation: string) => Promise<ReadonlyMap<string, number>>
  readonly forecastOf: ForecastOf
}

/** What a rule is about, with what is worth an alert of it. */
export interface Judged {
  readonly group: Pick<Group, "function" | "series">
  /** Undefined where all is well. */
  readonly occasion: Occasion | undefined
}

/** A rule about series. */
export type SeriesRule = AlertRule & { readonly condition: SeriesCondition }

/** Groups that are read at once, so that a rule for thousands of functions holds no more of them in memory. */
const groupsAtOnce = 200

/** Holds a rule against what was measured up to `end`. */
export async function evaluate(options: EvaluateOptions, rule: SeriesRule, end: number): Promise<readonly Judged[]> {
  const { source, listFunctions } = options
  const { organisation, condition } = rule
  const isSilenceHeard = !needsValues(condition)
  const [series, functions] = await Promise.all([
    source.list(organisation, keyOf(condition.metric)),
    isSilenceHeard ? listFunctions(organisation) : null,
  ])
  const groups = toGroups(rule, condition, series, functions)
  const judged: Judged[] = []
  for (let index = 0; index < groups.length; index += groupsAtOnce) {
    const some = groups.slice(index, index + groupsAtOnce)
    const range = { from: end - reachMs(condition), to: end }
    const readings = await source.read(organisation, some.map(membersOf), stepOf(condition), range)
    for (const [place, group] of some.entries()) {
      const reading = readings[place]
      if (reading) judged.push({ group, occasion: await judge(options, rule, group, reading, range) })
    }
  }
  return judged
}

function membersOf({ members }: Group): readonly MetricSeries[] {
  return members
}

async function judge(
  { source, forecastOf }: EvaluateOptions,
  { organisation, condition }: SeriesRule,
  group: Group,
  reading: SeriesReading,
  { to: end }: TimeRange,
): Promise<Occasion | undefined> {
  switch (condition.type) {
    case "threshold":
      return judgeThreshold(condition, group, reading, end)
    case "rate":
      return judgeRate(condition, group, reading, end)
    case "forecast":
      return await judgeForecast(condition, { organisation, group, forecastOf }, reading, end)
    case "missing": {
      const last = reading.points.at(-1)
      if (last) return judgeMissing(condition, group, last.at + stepOf(condition), end)
      return judgeMissing(condition, group, await findLastSeen(source, organisation, group, end), end)
    }
  }
}

/** How much of the past is read. */
function reachMs(condition: SeriesCondition): number {
  switch (condition.type) {
    case "threshold":
      return thresholdReachMs(condition)
    case "rate":
      return windowOf(condition)
    case "forecast":
      return forecastReachMs(condition)
    case "missing":
      return nearMs(condition)
  }
}

/** Where nothing is found so near, the last value is looked for. */
function nearMs({ expectedEveryMs }: MissingCondition): number {
  return Math.min(3_600_000, Math.ceil(expectedEveryMs / 60_000) * 60_000)
}
