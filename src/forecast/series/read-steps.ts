import type { ForecastStatistic, ForecastStep } from "../../model/forecast.ts"
import type { MetricPoint, MetricQuery, TimeRange } from "../../model/metrics.ts"
import type { Page, PageRequest } from "../../model/page.ts"
import { isZeroWhereEmpty, stepSettings } from "./steps.ts"

/** What was measured, as `metrics.query` answers it. `FN_001` where nothing was under the key. */
export type QueryPoints = (
  organisation: string,
  functionId: string | undefined,
  query: MetricQuery,
  page: PageRequest,
) => Promise<Page<MetricPoint>>

/** What is read. */
export interface StepsToRead {
  readonly organisation: string
  readonly functionId: string | null
  readonly key: string
  readonly dimensions: Readonly<Record<string, string>>
  readonly statistic: ForecastStatistic
  readonly step: ForecastStep
}

/** So many points come from the storage at once. */
const pageSize = 1000

/**
 * The values of the steps of a range, oldest first. Steps without values are null; of a count or a sum they are 0, from the
 * first value on: what was before it was not measured. Empty where there is no value.
 */
export async function readSteps(
  query: QueryPoints,
  { organisation, functionId, key, dimensions, statistic, step }: StepsToRead,
  range: TimeRange,
): Promise<(number | null)[]> {
  const { ms } = stepSettings[step]
  const values: (number | null)[] = new Array((range.to - range.from) / ms).fill(null)
  let first = values.length
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = { limit: pageSize, ...(cursor && { cursor }) }
    const points = await query(organisation, functionId ?? undefined, { key, dimensions, range, step }, page)
    for (const point of points.items) {
      const index = (point.at - range.from) / ms
      // A query may begin a step earlier.
      if (index < 0 || index >= values.length) continue
      values[index] = point[statistic]
      first = Math.min(first, index)
    }
    cursor = points.next
  }
  if (first === values.length) return []
  if (isZeroWhereEmpty(statistic)) for (let index = first; index < values.length; index++) values[index] ??= 0
  return values
}
