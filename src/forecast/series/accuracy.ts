import type { AccuracyFigures, ForecastAccuracy, ForecastErrors, ForecastSummary } from "../../model/forecast.ts"
import { groupBy } from "../../util/group-by.ts"

/** A forecast that was held against what came. */
interface Judged {
  readonly summary: ForecastSummary
  readonly errors: ForecastErrors
}

/** Puts forecasts together that are of one series and by one backend, those of the most forecasts first. */
export function toAccuracy(summaries: readonly ForecastSummary[]): readonly ForecastAccuracy[] {
  const judged = summaries.flatMap((summary): readonly Judged[] =>
    summary.evaluation === null ? [] : [{ summary, errors: summary.evaluation }],
  )
  return [...groupBy(judged, ({ summary }) => nameOf(summary)).values()]
    .map(toOne)
    .sort((one, other) => other.forecasts - one.forecasts)
}

function nameOf({ key, functionId, dimensions, statistic, step, backend }: ForecastSummary): string {
  const sorted = Object.entries(dimensions).sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify([key, functionId, sorted, statistic, step, backend])
}

function toOne(group: readonly Judged[]): ForecastAccuracy {
  const oldestFirst = group.toSorted((one, other) => one.summary.madeAt - other.summary.madeAt)
  const [{ summary }] = oldestFirst as [Judged, ...Judged[]]
  const days = groupBy(oldestFirst, (one) => new Date(one.summary.madeAt).toISOString().slice(0, 10))
  const { key, functionId, dimensions, statistic, step, backend } = summary
  return {
    ...{ key, functionId, dimensions, statistic, step, backend },
    ...together(oldestFirst),
    days: [...days].map(([date, ofDay]) => ({ date, ...together(ofDay) })),
    trend: trendOf(oldestFirst),
  }
}

/** Each point counts the same, whichever forecast it is of. */
function together(group: readonly Judged[]): AccuracyFigures {
  const all = group.map(({ errors }) => errors)
  const count = all.reduce((sum, errors) => sum + errors.count, 0)
  const mean = (of: readonly ForecastErrors[], figure: (errors: ForecastErrors) => number) =>
    of.reduce((sum, errors) => sum + errors.count * figure(errors), 0) /
    of.reduce((sum, errors) => sum + errors.count, 0)
  const relative = all.filter(({ mape }) => mape !== null)
  const levels = [...new Set(all.flatMap(({ coverage }) => Object.keys(coverage).map(Number)))]
  return {
    forecasts: group.length,
    count,
    mae: mean(all, ({ mae }) => mae),
    rmse: Math.sqrt(mean(all, ({ rmse }) => rmse ** 2)),
    mape: relative.length === 0 ? null : mean(relative, ({ mape }) => mape ?? 0),
    coverage: Object.fromEntries(
      levels.map((level) => {
        const having = all.filter(({ coverage }) => coverage[level] !== undefined)
        return [level, mean(having, ({ coverage }) => coverage[level] ?? 0)]
      }),
    ),
  }
}

function trendOf(oldestFirst: readonly Judged[]): number | null {
  const half = Math.floor(oldestFirst.length / 2)
  if (half === 0) return null
  const older = together(oldestFirst.slice(0, half)).mae
  const newer = together(oldestFirst.slice(-half)).mae
  return older === 0 ? null : newer / older - 1
}
