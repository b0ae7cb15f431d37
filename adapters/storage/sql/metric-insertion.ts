import { type CompiledQuery, type Insertable, type Kysely, sql } from "kysely"
import type { MetricWindow, SeenSeries } from "../../../src/ports/metric-storage.ts"
import type { SqlValue } from "./connection.ts"
import type { MetricTables } from "./metric-tables.ts"
import { createRowStatements } from "./row-statements.ts"
import type { Schema } from "./schema.ts"

/** Makes the statements that add what was measured; all of one call belong in one transaction. */
export interface MetricInsertion {
  /** Windows that are there already are passed over. */
  insertWindows(windows: readonly MetricWindow[]): readonly CompiledQuery[]
  /** Windows with the series that they belong to. */
  toQueries(windows: readonly MetricWindow[], series: readonly SeenSeries[]): readonly CompiledQuery[]
}

/** Creates it. */
export function createMetricInsertion(kysely: Kysely<Schema>): MetricInsertion {
  const windowStatements = createRowStatements((rows) =>
    kysely
      .insertInto("inlay_windows")
      .values(Array.from({ length: rows }, () => sampleWindowRow))
      .onConflict((conflict) => conflict.columns(["organisation", "series_id", "resolution", "at", "part"]).doNothing())
      .compile(),
  )
  const seriesStatements = createRowStatements((rows) =>
    kysely
      .insertInto("inlay_series")
      .values(Array.from({ length: rows }, () => sampleSeriesRow))
      .onConflict((conflict) =>
        conflict
          .columns(["organisation", "id"])
          .doUpdateSet({ seen_at: sql`excluded.seen_at` })
          .where("inlay_series.seen_at", "<", sql<number>`excluded.seen_at`),
      )
      .compile(),
  )
  const insertWindows: MetricInsertion["insertWindows"] = (windows) => windowStatements(windows.map(toWindowRow))
  return {
    insertWindows,
    toQueries: (windows, series) => [
      ...seriesStatements(inOneOrder(series).map(toSeriesRow)),
      ...insertWindows(windows),
    ],
  }
}

const sampleWindowRow: Insertable<MetricTables["inlay_windows"]> = {
  organisation: "",
  series_id: "",
  resolution: 0,
  at: 0,
  part: "",
  count: 0,
  sum: 0,
  m2: 0,
  min: 0,
  max: 0,
  sketch: new Uint8Array(),
  rolled_up: 0,
}

const sampleSeriesRow: Insertable<MetricTables["inlay_series"]> = {
  organisation: "",
  id: "",
  key: "",
  function_id: null,
  dimensions: "",
  seen_at: 0,
}

/** In the order of the columns of `sampleWindowRow`. */
function toWindowRow(window: MetricWindow): readonly SqlValue[] {
  const { organisation, seriesId, resolution, at, part, count, sum, m2, min, max, sketch } = window
  // Days are rolled up into nothing else.
  const rolledUp = resolution === 86_400_000 ? 1 : 0
  return [organisation, seriesId, resolution, at, part, count, sum, m2, min, max, sketch, rolledUp]
}

/** In the order of the columns of `sampleSeriesRow`. */
function toSeriesRow(series: SeenSeries): readonly SqlValue[] {
  const { organisation, id, key, functionId, dimensions, seenAt } = series
  return [organisation, id, key, functionId, JSON.stringify(dimensions), Math.round(seenAt)]
}

/** Two who write the same series would else wait for one another. */
function inOneOrder(series: readonly SeenSeries[]): readonly SeenSeries[] {
  const keyOf = ({ organisation, id }: SeenSeries) => `${organisation}/${id}`
  return [...series].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}
