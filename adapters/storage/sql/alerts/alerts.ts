import { type Selectable, sql, type Transaction } from "kysely"
import type { Alert } from "../../../../src/model/alert.ts"
import type { AlertStore } from "../../../../src/ports/alert-storage.ts"
import type { Database } from "../database.ts"
import { expireRows } from "../expire-rows.ts"
import { toPage } from "../page.ts"
import type { JobWriting } from "../queue/with-jobs.ts"
import type { Schema } from "../schema.ts"

/** What the rules found. */
export function createAlertEntries(
  { kysely, engine }: Database,
  { insertJobs, wake }: JobWriting,
): Pick<AlertStore, "raise" | "change" | "find" | "list" | "listOpen" | "listOpenOf" | "expire"> {
  type Queries = Database["kysely"] | Transaction<Schema>
  const find = (queries: Queries, organisation: string, id: string) =>
    queries
      .selectFrom("inlay_alerts")
      .selectAll()
      .where("organisation", "=", organisation)
      .where("id", "=", id)
      .executeTakeFirst()

  /** One change of an organisation's alerts at a time: they are rare, and what is read must not change before it is written. */
  async function changing<Result>(
    organisation: string,
    work: (transaction: Transaction<Schema>) => Promise<Result>,
  ): Promise<Result> {
    return await kysely.transaction().execute(async (transaction) => {
      await engine.lock(transaction, `alerts:${organisation}`)
      return await work(transaction)
    })
  }

  async function write(transaction: Transaction<Schema>, alert: Alert): Promise<void> {
    const { organisation, id } = alert
    const columns = {
      status: alert.status,
      severity: alert.severity,
      open: alert.status === "resolved" ? null : 1,
      resolves_at: alert.resolvesAt === null ? null : Math.round(alert.resolvesAt),
      resolved_at: alert.resolvedAt === null ? null : Math.round(alert.resolvedAt),
      alert: JSON.stringify(alert),
    }
    await transaction
      .insertInto("inlay_alerts")
      .values({
        ...{ organisation, id, rule_id: alert.rule.id, function: alert.function ?? "", series: alert.series ?? "" },
        ...columns,
      })
      .onConflict((conflict) => conflict.columns(["organisation", "id"]).doUpdateSet(columns))
      .execute()
  }

  return {
    async raise({ organisation, ruleId, function: name, series }, change) {
      const { alert, jobs } = await changing(organisation, async (transaction) => {
        const row = await transaction
          .selectFrom("inlay_alerts")
          .selectAll()
          .where("organisation", "=", organisation)
          .where("rule_id", "=", ruleId)
          .where("function", "=", name ?? "")
          .where("series", "=", series ?? "")
          .where(sql<boolean>`open is not null`)
          .executeTakeFirst()
        const changed = change(row === undefined ? null : toAlert(row))
        await write(transaction, changed.alert)
        if (changed.jobs.length > 0) await insertJobs(transaction, changed.jobs)
        return changed
      })
      if (jobs.length > 0) wake()
      return alert
    },

    async change(organisation, id, change) {
      const changed = await changing(organisation, async (transaction) => {
        const row = await find(transaction, organisation, id)
        const wanted = row === undefined ? null : change(toAlert(row))
        if (wanted === null) return null
        if (wanted === "remove") {
          await transaction
            .deleteFrom("inlay_alerts")
            .where("organisation", "=", organisation)
            .where("id", "=", id)
            .execute()
          return null
        }
        await write(transaction, wanted.alert)
        if (wanted.jobs.length > 0) await insertJobs(transaction, wanted.jobs)
        return wanted
      })
      if (changed && changed.jobs.length > 0) wake()
      return changed?.alert ?? null
    },

    async find(organisation, id) {
      const row = await find(kysely, organisation, id)
      return row === undefined ? null : toAlert(row)
    },

    async list(organisation, { status, function: name, ruleId }, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_alerts")
        .selectAll()
        .where("organisation", "=", organisation)
        .$if(status !== undefined, (query) => query.where("status", "=", status ?? "firing"))
        .$if(name !== undefined, (query) => query.where("function", "=", name ?? ""))
        .$if(ruleId !== undefined, (query) => query.where("rule_id", "=", ruleId ?? ""))
        .$if(cursor !== undefined, (query) => query.where("id", "<", cursor ?? ""))
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toAlert, (row) => row.id)
    },

    async listOpen(limit) {
      const rows = await kysely
        .selectFrom("inlay_alerts")
        .selectAll()
        .where(sql<boolean>`resolves_at is not null`)
        .orderBy("resolves_at")
        .limit(limit)
        .execute()
      return rows.map(toAlert)
    },

    async listOpenOf(organisation, ruleId, limit) {
      const rows = await kysely
        .selectFrom("inlay_alerts")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("rule_id", "=", ruleId)
        .where(sql<boolean>`open is not null`)
        .limit(limit)
        .execute()
      return rows.map(toAlert)
    },

    expire: (resolvedBefore, limit) =>
      expireRows(kysely, "inlay_alerts", { time: "resolved_at", before: resolvedBefore, limit }),
  }
}

function toAlert({ alert }: Selectable<Schema["inlay_alerts"]>): Alert {
  return JSON.parse(alert) as Alert
}
