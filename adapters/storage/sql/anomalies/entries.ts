import { type Selectable, sql, type Transaction } from "kysely"
import type { Anomaly } from "../../../../src/model/anomaly.ts"
import type { AnomalyStore } from "../../../../src/ports/anomaly-storage.ts"
import { toWhole } from "../bounds.ts"
import type { Database } from "../database.ts"
import { toPage } from "../page.ts"
import type { Schema } from "../schema.ts"

type Row = Pick<Selectable<Schema["inlay_anomalies"]>, "id" | "anomaly">

/** What was found unusual. */
export function createAnomalyEntries({
  kysely,
  engine,
}: Database): Pick<AnomalyStore, "find" | "list" | "listExpected" | "mark" | "expire"> {
  return {
    async find(organisation, id) {
      const row = await kysely
        .selectFrom("inlay_anomalies")
        .select(["id", "anomaly"])
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .executeTakeFirst()
      return row === undefined ? null : toAnomaly(row)
    },

    async list(organisation, { functionId, key, severity, expected, range }, { limit, cursor }) {
      let query = kysely
        .selectFrom("inlay_anomalies")
        .select(["id", "anomaly"])
        .where("organisation", "=", organisation)
      if (functionId !== undefined) query = query.where("function_id", "=", functionId)
      if (key !== undefined) query = query.where("key", "=", key)
      if (severity !== undefined) query = query.where("severity", "=", severity)
      if (expected !== undefined) query = query.where("expected_at", expected ? "is not" : "is", null)
      if (range) query = query.where("at", ">=", Math.ceil(range.from)).where("at", "<", Math.ceil(range.to))
      if (cursor !== undefined) query = query.where("id", "<", cursor)
      const rows = await query
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toAnomaly, (row) => row.id)
    },

    async listExpected(organisation, subject, limit) {
      const rows = await kysely
        .selectFrom("inlay_anomalies")
        .select(["id", "anomaly"])
        .where("organisation", "=", organisation)
        .where("subject", "=", subject)
        .where(sql<boolean>`expected_at is not null`)
        .orderBy("id", "desc")
        .limit(limit)
        .execute()
      return rows.map(toAnomaly)
    },

    mark: (organisation, id, expected) =>
      kysely.transaction().execute(async (transaction) => {
        await engine.lock(transaction, anomalyLock(organisation))
        return changeAnomaly(transaction, organisation, id, (anomaly) => ({ ...anomaly, expected }))
      }),

    async expire(before, limit) {
      const { rows } = await sql`
        delete from inlay_anomalies where (organisation, id) in (
          select organisation, id from inlay_anomalies where expected_at is null and at < ${toWhole(before)}
          order by at limit ${limit}
        )
        returning id`.execute(kysely)
      return rows.length
    },
  }
}

/** What was read must not change before it is written. */
export function anomalyLock(organisation: string): string {
  return `anomalies:${organisation}`
}

/** Changes one whose lock is held. */
export async function changeAnomaly(
  transaction: Transaction<Schema>,
  organisation: string,
  id: string,
  change: (anomaly: Anomaly) => Anomaly,
): Promise<Anomaly | null> {
  const row = await transaction
    .selectFrom("inlay_anomalies")
    .select(["id", "anomaly"])
    .where("organisation", "=", organisation)
    .where("id", "=", id)
    .executeTakeFirst()
  if (row === undefined) return null
  const changed = change(toAnomaly(row))
  await transaction
    .updateTable("inlay_anomalies")
    .set({ anomaly: JSON.stringify(changed), expected_at: changed.expected && Math.round(changed.expected.at) })
    .where("organisation", "=", organisation)
    .where("id", "=", id)
    .execute()
  return changed
}

function toAnomaly({ anomaly }: Row): Anomaly {
  return JSON.parse(anomaly) as Anomaly
}
