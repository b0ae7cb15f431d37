import { type Selectable, sql } from "kysely"
import type { MetricSeries, Resolution } from "../../../src/model/metrics.ts"
import type { MetricStore, MetricWindow } from "../../../src/ports/metric-storage.ts"
import { toWhole, toWholeRange } from "./bounds.ts"
import type { Database } from "./database.ts"
import { expireRows } from "./expire-rows.ts"
import { createMetricInsertion } from "./metric-insertion.ts"
import type { MetricTables } from "./metric-tables.ts"
import { toPage } from "./page.ts"

type SeriesRow = Omit<Selectable<MetricTables["inlay_series"]>, "seen_at">
type MinuteRow = SeriesRow & { readonly count: number | string; readonly sum: number }
type WindowRow = Selectable<MetricTables["inlay_windows"]>

const finerThan: Readonly<Record<Resolution, readonly Resolution[]>> = {
  60000: [],
  3600000: [60_000],
  86400000: [60_000, 3_600_000],
}

const windowKey = sql.raw("organisation, series_id, resolution, at, part")

/** So many series are read at once: a statement takes a bounded number of parameters. */
const seriesAtOnce = 500

/** What was measured. */
export function createMetricStore({ kysely, engine }: Database): MetricStore {
  const { insertWindows, toQueries } = createMetricInsertion(kysely)

  return {
    async insert(windows, series) {
      const queries = toQueries(windows, series)
      if (queries.length === 0) return
      await kysely.transaction().execute(async (transaction) => {
        for (const query of queries) await transaction.executeQuery(query)
      })
    },

    async listSeries(organisation, { key, functionId }, { limit, cursor }) {
      let query = kysely.selectFrom("inlay_series").selectAll().where("organisation", "=", organisation)
      if (key !== undefined) query = query.where("key", "=", key)
      if (functionId !== undefined) query = query.where("function_id", "=", functionId)
      if (cursor !== undefined) query = query.where("id", ">", cursor)
      const rows = await query
        .orderBy("id")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toSeries, (row) => row.id)
    },

    async read(organisation, seriesIds, resolution, range) {
      const { from, to } = toWholeRange(range)
      const found: MetricWindow[] = []
      for (let index = 0; index < seriesIds.length; index += seriesAtOnce) {
        const ids = sql.join(seriesIds.slice(index, index + seriesAtOnce))
        const select = (one: Resolution) => sql`
          select ${windowKey}, count, sum, m2, min, max, sketch from inlay_windows
          where organisation = ${organisation} and series_id in (${ids}) and resolution = ${one}
            and at >= ${from} and at < ${to}`
        const finer = finerThan[resolution].map((one) => sql`${select(one)} and rolled_up = 0`)
        // One statement sees one state: what is rolled up meanwhile is in it once.
        const all = sql<WindowRow>`${sql.join([select(resolution), ...finer], sql` union all `)}`
        for (const row of (await all.execute(kysely)).rows) found.push(toWindow(row))
      }
      return found
    },

    async readMinute(at, { limit, after = { organisation: "", id: "" } }) {
      const { rows } = await sql<MinuteRow>`
        select s.organisation, s.id, s.key, s.function_id, s.dimensions, page.count, page.sum
        from (
          select organisation, series_id, sum(count) as count, sum(sum) as sum from inlay_windows
          where resolution = 60000 and at = ${Math.round(at)}
            and (organisation, series_id) > (${after.organisation}, ${after.id})
          group by organisation, series_id order by organisation, series_id limit ${limit}
        ) page join inlay_series s on s.organisation = page.organisation and s.id = page.series_id
        order by page.organisation, page.series_id`.execute(kysely)
      return rows.map((row) => ({ series: toSeries(row), count: Number(row.count), sum: Number(row.sum) }))
    },

    rollUp: ({ from, to, before, limit, part }, merge) =>
      kysely.transaction().execute(async (transaction) => {
        const { rows } = await sql<WindowRow>`
          update inlay_windows set rolled_up = 1 where rolled_up = 0 and (${windowKey}) in (
            select ${windowKey} from inlay_windows
            where rolled_up = 0 and resolution = ${from} and at < ${Math.round(before)}
            order by organisation, series_id, at limit ${limit}${sql.raw(engine.skipLocked)}
          )
          returning ${windowKey}, count, sum, m2, min, max, sketch`.execute(transaction)
        const merged = groupBySpan(rows.map(toWindow), to).map(([first, ...others]) => {
          const { organisation, seriesId, at } = first
          const span = { organisation, seriesId, resolution: to, at: startOf(at, to), part }
          return { ...span, ...merge([first, ...others]) }
        })
        for (const query of insertWindows(merged)) await transaction.executeQuery(query)
        return rows.length
      }),

    async expire(resolution, before, limit) {
      const { rows } = await sql`
        delete from inlay_windows where (${windowKey}) in (
          select ${windowKey} from inlay_windows
          where rolled_up = 1 and resolution = ${resolution} and at < ${toWhole(before)} order by at limit ${limit}
        )
        returning at`.execute(kysely)
      return rows.length
    },

    expireSeries: (before, limit) => expireRows(kysely, "inlay_series", { time: "seen_at", before, limit }),
  }
}

function groupBySpan(
  windows: readonly MetricWindow[],
  span: Resolution,
): readonly (readonly [MetricWindow, ...MetricWindow[]])[] {
  const groups = new Map<string, [MetricWindow, ...MetricWindow[]]>()
  for (const window of windows) {
    const key = `${window.organisation}/${window.seriesId}/${startOf(window.at, span)}`
    const group = groups.get(key)
    if (group) group.push(window)
    else groups.set(key, [window])
  }
  return [...groups.values()]
}

function startOf(at: number, span: Resolution): number {
  return at - (at % span)
}

function toWindow(row: WindowRow): MetricWindow {
  return {
    organisation: row.organisation,
    seriesId: row.series_id,
    resolution: row.resolution as Resolution,
    at: Number(row.at),
    part: row.part,
    count: Number(row.count),
    sum: row.sum,
    m2: row.m2,
    min: row.min,
    max: row.max,
    sketch: new Uint8Array(row.sketch),
  }
}

function toSeries(row: SeriesRow): MetricSeries {
  return {
    organisation: row.organisation,
    id: row.id,
    key: row.key,
    functionId: row.function_id,
    dimensions: JSON.parse(row.dimensions),
  }
}
