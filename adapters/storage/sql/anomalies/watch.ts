import { type Insertable, sql, type Transaction } from "kysely"
import type { Anomaly } from "../../../../src/model/anomaly.ts"
import type { AnomalyStore, SeriesState, WatchStep } from "../../../../src/ports/anomaly-storage.ts"
import type { SqlValue } from "../connection.ts"
import type { Database } from "../database.ts"
import { expireRows } from "../expire-rows.ts"
import { createRowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"
import { anomalyLock, changeAnomaly } from "./entries.ts"

/** There is one. */
const name = "series"

/** Who watches, what was learned, and how it is watched. */
export function createAnomalyWatchEntries({
  kysely,
  engine,
}: Database): Pick<
  AnomalyStore,
  "lead" | "release" | "advance" | "readStates" | "expireStates" | "readSettings" | "saveSettings"
> {
  const upsertStates = createRowStatements((rows) =>
    kysely
      .insertInto("inlay_anomaly_states")
      .values(Array.from({ length: rows }, () => sampleStateRow))
      .onConflict((conflict) =>
        conflict
          .columns(["organisation", "series_id"])
          .doUpdateSet({ at: sql`excluded.at`, state: sql`excluded.state` }),
      )
      .compile(),
  )

  return {
    async lead(owner, now, until) {
      // No lease is so long but one of a clock that ran ahead.
      const longest = Math.round(until + (until - now))
      const { rows } = await sql<{ readonly at: number | string | null }>`
        insert into inlay_anomaly_watch (name, owner, held_until, at)
        values (${name}, ${owner}, ${Math.round(until)}, null)
        on conflict (name) do update set owner = excluded.owner, held_until = excluded.held_until
        where inlay_anomaly_watch.owner = excluded.owner or inlay_anomaly_watch.held_until <= ${Math.round(now)}
          or inlay_anomaly_watch.held_until > ${longest}
        returning at`.execute(kysely)
      const row = rows[0]
      return row === undefined ? null : { at: row.at === null ? null : Number(row.at) }
    },

    async release(owner) {
      await kysely
        .updateTable("inlay_anomaly_watch")
        .set({ held_until: 0 })
        .where("name", "=", name)
        .where("owner", "=", owner)
        .execute()
    },

    advance: (step) =>
      kysely.transaction().execute(async (transaction) => {
        if (!(await moveOn(transaction, step))) return null
        const organisations = step.completed.map(({ organisation }) => organisation)
        // In one order: two who lock several would else wait for one another.
        for (const organisation of [...new Set(organisations)].sort()) {
          await engine.lock(transaction, anomalyLock(organisation))
        }
        for (const { organisation, id, after } of step.completed) {
          await changeAnomaly(transaction, organisation, id, (anomaly) => ({
            ...anomaly,
            context: { ...anomaly.context, after },
          }))
        }
        const inserted: Anomaly[] = []
        for (const { anomaly, subject } of step.found) {
          if (await insert(transaction, anomaly, subject)) inserted.push(anomaly)
        }
        for (const query of upsertStates(step.states.map(toStateRow))) await transaction.executeQuery(query)
        return inserted
      }),

    async readStates(organisation, seriesIds) {
      if (seriesIds.length === 0) return []
      const rows = await kysely
        .selectFrom("inlay_anomaly_states")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("series_id", "in", [...seriesIds])
        .execute()
      return rows.map(({ series_id: seriesId, at, state }) => ({ organisation, seriesId, at: Number(at), state }))
    },

    expireStates: (before, limit) =>
      expireRows(kysely, "inlay_anomaly_states", { time: "at", before, limit, id: "series_id" }),

    async readSettings(organisations) {
      if (organisations.length === 0) return []
      const rows = await kysely
        .selectFrom("inlay_anomaly_settings")
        .selectAll()
        .where("organisation", "in", [...organisations])
        .execute()
      return rows.map(({ organisation, function_id: id, settings }) => ({
        organisation,
        functionId: id === "" ? null : id,
        settings: JSON.parse(settings),
      }))
    },

    async saveSettings({ organisation, functionId, settings }) {
      const text = JSON.stringify(settings)
      await kysely
        .insertInto("inlay_anomaly_settings")
        .values({ organisation, function_id: functionId ?? "", settings: text })
        .onConflict((conflict) => conflict.columns(["organisation", "function_id"]).doUpdateSet({ settings: text }))
        .execute()
    },
  }
}

/** False where somebody else has the watch, or has gone on. */
async function moveOn(transaction: Transaction<Schema>, { owner, from, to, until }: WatchStep): Promise<boolean> {
  const moved = await transaction
    .updateTable("inlay_anomaly_watch")
    .set({ at: Math.round(to), held_until: Math.round(until) })
    .where("name", "=", name)
    .where("owner", "=", owner)
    .where("at", from === null ? "is" : "=", from)
    .returning("name")
    .execute()
  return moved.length > 0
}

/** False where it is there already. */
async function insert(transaction: Transaction<Schema>, anomaly: Anomaly, subject: string): Promise<boolean> {
  const { organisation, id, functionId, key, severity, at } = anomaly
  const inserted = await transaction
    .insertInto("inlay_anomalies")
    .values({
      ...{ organisation, id, key, severity, at: Math.round(at) },
      ...{ subject, function_id: functionId, expected_at: null, anomaly: JSON.stringify(anomaly) },
    })
    .onConflict((conflict) => conflict.columns(["organisation", "id"]).doNothing())
    .returning("id")
    .execute()
  return inserted.length > 0
}

const sampleStateRow: Insertable<Schema["inlay_anomaly_states"]> = { organisation: "", series_id: "", at: 0, state: "" }

/** In the order of the columns of `sampleStateRow`. */
function toStateRow({ organisation, seriesId, at, state }: SeriesState): readonly SqlValue[] {
  return [organisation, seriesId, Math.round(at), state]
}
