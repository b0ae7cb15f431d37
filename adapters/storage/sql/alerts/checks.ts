import { sql } from "kysely"
import type { AlertStore } from "../../../../src/ports/alert-storage.ts"
import type { Database } from "../database.ts"

/** A statement takes a bounded number of parameters. */
const checksAtOnce = 200

/** When rules about series are looked at. */
export function createAlertCheckEntries({
  kysely,
  engine,
}: Database): Pick<AlertStore, "wakeChecks" | "takeChecks" | "settleCheck"> {
  return {
    async wakeChecks(checks, dueAt) {
      const due_at = Math.round(dueAt)
      // Two who wake the same ones would else wait for one another.
      const sorted = [...checks].sort((a, b) => (`${a.organisation}/${a.id}` < `${b.organisation}/${b.id}` ? -1 : 1))
      for (let index = 0; index < sorted.length; index += checksAtOnce) {
        const rows = sorted.slice(index, index + checksAtOnce)
        await kysely
          .insertInto("inlay_alert_checks")
          .values(rows.map(({ organisation, id }) => ({ organisation, id, due_at })))
          .onConflict((conflict) =>
            conflict
              .columns(["organisation", "id"])
              .doUpdateSet({ due_at })
              .where("inlay_alert_checks.due_at", ">", due_at),
          )
          .execute()
      }
    },

    async takeChecks({ now, until, limit }) {
      const { rows } = await sql<{ readonly organisation: string; readonly id: string }>`
        update inlay_alert_checks set due_at = ${Math.round(until)} where (organisation, id) in (
          select organisation, id from inlay_alert_checks where due_at <= ${Math.round(now)}
          order by due_at limit ${limit}${sql.raw(engine.skipLocked)}
        )
        returning organisation, id`.execute(kysely)
      const next = await kysely
        .selectFrom("inlay_alert_checks")
        .select("due_at")
        .orderBy("due_at")
        .limit(1)
        .executeTakeFirst()
      return {
        checks: rows.map(({ organisation, id }) => ({ organisation, id })),
        nextAt: next === undefined ? null : Number(next.due_at),
      }
    },

    async settleCheck({ organisation, id }, until, dueAt) {
      const held = { organisation, id, due_at: Math.round(until) }
      if (dueAt === null) {
        await kysely
          .deleteFrom("inlay_alert_checks")
          .where((of) => of.and(held))
          .execute()
        return
      }
      await kysely
        .updateTable("inlay_alert_checks")
        .set({ due_at: Math.round(dueAt) })
        .where((of) => of.and(held))
        .execute()
    },
  }
}
