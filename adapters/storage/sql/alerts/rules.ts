import type { AlertRule, AlertSilence } from "../../../../src/model/alert.ts"
import type { AlertStore } from "../../../../src/ports/alert-storage.ts"
import type { Database } from "../database.ts"

/** Rules of alerts, and silences. */
export function createAlertRuleEntries({
  kysely,
}: Database): Pick<
  AlertStore,
  "saveRule" | "findRule" | "listRules" | "removeRule" | "addSilence" | "listSilences" | "removeSilence"
> {
  return {
    async saveRule(rule) {
      const { organisation, id, name, createdAt, updatedAt } = rule
      const columns = { name, rule: JSON.stringify(rule), updated_at: Math.round(updatedAt) }
      return await kysely.transaction().execute(async (transaction) => {
        const updated = await transaction
          .updateTable("inlay_alert_rules")
          .set(columns)
          .where("organisation", "=", organisation)
          .where("id", "=", id)
          .where((or) =>
            or.not(
              or.exists(
                or
                  .selectFrom("inlay_alert_rules as other")
                  .select("other.id")
                  .where("other.organisation", "=", organisation)
                  .where("other.name", "=", name)
                  .where("other.id", "<>", id),
              ),
            ),
          )
          .returning("id")
          .execute()
        if (updated.length > 0) return true
        const inserted = await transaction
          .insertInto("inlay_alert_rules")
          .values({ organisation, id, ...columns, created_at: Math.round(createdAt) })
          .onConflict((conflict) => conflict.doNothing())
          .returning("id")
          .execute()
        return inserted.length > 0
      })
    },

    async findRule(organisation, id) {
      const row = await kysely
        .selectFrom("inlay_alert_rules")
        .select("rule")
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .executeTakeFirst()
      return row === undefined ? null : (JSON.parse(row.rule) as AlertRule)
    },

    async listRules(organisation) {
      const rows = await kysely
        .selectFrom("inlay_alert_rules")
        .select("rule")
        .where("organisation", "=", organisation)
        .orderBy("id")
        .execute()
      return rows.map(({ rule }) => JSON.parse(rule) as AlertRule)
    },

    async removeRule(organisation, id) {
      const removed = await kysely
        .deleteFrom("inlay_alert_rules")
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .returning("id")
        .execute()
      return removed.length > 0
    },

    async addSilence(silence) {
      const { organisation, id, until } = silence
      await kysely
        .insertInto("inlay_alert_silences")
        .values({ organisation, id, ends_at: Math.round(until), silence: JSON.stringify(silence) })
        .execute()
    },

    async listSilences(organisation, now) {
      const rows = await kysely
        .selectFrom("inlay_alert_silences")
        .select("silence")
        .where("organisation", "=", organisation)
        .where("ends_at", ">", Math.round(now))
        .orderBy("id")
        .execute()
      return rows.map(({ silence }) => JSON.parse(silence) as AlertSilence)
    },

    async removeSilence(organisation, id) {
      const removed = await kysely
        .deleteFrom("inlay_alert_silences")
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .returning("id")
        .execute()
      return removed.length > 0
    },
  }
}
