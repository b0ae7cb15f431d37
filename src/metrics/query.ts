import { FunctionsError } from "../errors/functions-error.ts"
import { invalid } from "../model/invalid.ts"
import {
  functionKeys,
  type MetricPoint,
  type MetricQuery,
  type MetricSeries,
  type TimeRange,
} from "../model/metrics.ts"
import type { Page, PageRequest } from "../model/page.ts"
import { isStep, parseRange, toSpanMs } from "./parse-range.ts"
import { type PointSources, readSteps, resolutionOf } from "./read-points.ts"

/** What queries need. */
export interface QueryOptions extends PointSources {
  /** Epoch milliseconds. */
  readonly now: () => number
  /** For how many milliseconds the windows of each resolution are kept. */
  readonly keepMs: Readonly<Record<60_000 | 3_600_000 | 86_400_000, number>>
}

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

/** Points of the series of one key, oldest first; steps without values are left out. The cursor is where the next step begins. */
export async function queryPoints(
  options: QueryOptions,
  organisation: string,
  functionId: string | undefined,
  query: MetricQuery,
  { limit, cursor }: PageRequest,
): Promise<Page<MetricPoint>> {
  const { now, keepMs } = options
  refuseUnknown(query)
  const asked = parseRange(query.range ?? "1h", Math.floor(now()))
  const stepMs = toStepMs(query.step, asked)
  const series = await findSeries(options, organisation, functionId, query)
  const first = Math.max(asked.from, now() - keepMs[resolutionOf(stepMs)] - stepMs, toTime(cursor))
  const points: MetricPoint[] = []
  // So many steps at first as would fill the page; where there are few points, ever more.
  let steps = limit
  const end = Math.ceil(asked.to / stepMs) * stepMs
  for (let from = first - (first % stepMs); from < end; steps *= 2) {
    const to = Math.min(end, from + steps * stepMs)
    const found = await readSteps(options, organisation, series, stepMs, { from, to })
    for (const [at, step] of [...found].sort(([a], [b]) => a - b)) {
      if (points.length === limit) return { items: points, next: String(at) }
      points.push({ at, ...step.toFigures() })
    }
    from = to
  }
  return { items: points, next: null }
}

/** The series of a key, also those that this process has not written yet; of one function where it is given. */
export async function listSeries(
  { store, windows }: PointSources,
  organisation: string,
  key: string,
  functionId?: string,
): Promise<readonly MetricSeries[]> {
  const found = new Map<string, MetricSeries>()
  const filter = functionId === undefined ? { key } : { key, functionId }
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await store.listSeries(organisation, filter, { limit: 1000, ...(cursor && { cursor }) })
    for (const one of page.items) found.set(one.id, one)
    cursor = page.next
  }
  for (const { series } of windows.open(organisation, new Set([key]))) {
    if (functionId === undefined || series.functionId === functionId) found.set(series.id, series)
  }
  return [...found.values()]
}

/** The series that a query is about; `FN_001` where the organisation has none of this key. */
async function findSeries(
  sources: PointSources,
  organisation: string,
  functionId: string | undefined,
  { key, dimensions = {} }: MetricQuery,
): Promise<readonly MetricSeries[]> {
  const found = await listSeries(sources, organisation, key, functionId)
  const isOwn = Object.values(functionKeys).some((own) => own === key)
  if (found.length === 0 && !isOwn) {
    const keys = Object.values(functionKeys).join(", ")
    throw new FunctionsError(
      "FN_001",
      `Cannot query key "${String(key).slice(0, 80)}": nothing was recorded under it here; what the service records is ${keys}.`,
    )
  }
  const wanted = Object.entries(dimensions)
  return found.filter((one) => wanted.every(([name, value]) => one.dimensions[name] === value))
}

const fields: { readonly [Field in keyof Required<MetricQuery>]: true } = {
  ...{ key: true, function: true, dimensions: true, range: true, step: true },
}

/** What is passed over in silence, such as a `from` beside the range, would answer another question. */
function refuseUnknown(query: MetricQuery): void {
  const unknown = Object.keys(query).filter((field) => !Object.hasOwn(fields, field))
  if (unknown.length === 0) return
  const message = `is not known here: there are ${Object.keys(fields).join(", ")}`
  throw invalid(
    "query metrics",
    unknown.map((path) => ({ path, message })),
  )
}

function toStepMs(step: string | undefined, { from, to }: TimeRange): number {
  if (step === undefined) {
    if (to - from <= 6 * hourMs) return minuteMs
    return to - from <= 14 * dayMs ? hourMs : dayMs
  }
  if (typeof step === "string" && isStep(step)) return toSpanMs(step)
  const shown = typeof step === "string" ? `"${step.slice(0, 40)}"` : typeof step
  throw new RangeError(
    `Cannot read step ${shown}: write a multiple of a minute up to 366 days, such as "1m", "1h" or "1d".`,
  )
}

function toTime(cursor: string | undefined): number {
  if (cursor === undefined) return 0
  if (/^[0-9]{1,15}$/.test(cursor)) return Number(cursor)
  throw new RangeError(`Cannot go on after cursor "${cursor.slice(0, 40)}": it is the "next" of the page before.`)
}
