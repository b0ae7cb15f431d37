import { sql, type Transaction } from "kysely"
import type { Firing } from "../../../../src/model/trigger.ts"
import { isSchedule } from "../../../../src/model/trigger-declaration.ts"
import type { NewFiring, TriggerStore } from "../../../../src/ports/trigger-storage.ts"
import type { Database } from "../database.ts"
import { expireRows } from "../expire-rows.ts"
import { createGroup } from "../group.ts"
import { toPage } from "../page.ts"
import type { InsertJobs } from "../queue/put.ts"
import type { Schema } from "../schema.ts"
import { createAdvance } from "./advance.ts"
import { toBePlanned } from "./declare.ts"
import { createInsertFirings } from "./insert-firings.ts"
import { toFiring, toTrigger } from "./trigger-row.ts"
import { selectInTurns } from "./turns.ts"

/** What one commit carries at most. */
const maxGroup = 256

/** `lastFiredAt` need not be newer than this: a trigger that fires often does not make its row a bottleneck. */
const toldAgainMs = 1000

/** The triggers, and what they fired. `wake` tells the queue of jobs. */
export function createTriggerStore(
  database: Database,
  { insertJobs, wake }: { readonly insertJobs: InsertJobs; readonly wake: () => void },
): TriggerStore {
  const { kysely, engine } = database
  const insertFirings = createInsertFirings(database, insertJobs)
  const advance = createAdvance(database, insertFirings)

  const find = (organisation: string, id: string) =>
    kysely
      .selectFrom("inlay_triggers")
      .selectAll()
      .where("organisation", "=", organisation)
      .where("id", "=", id)
      .executeTakeFirst()

  const fire = createGroup<readonly NewFiring[], readonly Firing[]>(async (groups) => {
    const firings = groups.flat()
    const present = await kysely.transaction().execute(async (transaction) => {
      const written = await insertFirings(transaction, firings)
      await tellLast(transaction, engine.skipLocked, firings)
      return written
    })
    const left = [...present]
    return groups.map((group) => left.splice(0, group.length))
  }, maxGroup)

  return {
    async find(organisation, id) {
      const row = await find(organisation, id)
      return row === undefined ? null : toTrigger(row)
    },

    async list(organisation, { type, target }, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_triggers")
        .selectAll()
        .where("organisation", "=", organisation)
        .$if(type !== undefined, (query) => query.where("type", "=", type ?? "event"))
        .$if(target !== undefined, (query) =>
          query.where("target_kind", "=", target?.kind ?? "function").where("target_id", "=", target?.id ?? ""),
        )
        .$if(cursor !== undefined, (query) => query.where("id", ">", cursor ?? ""))
        .orderBy("id")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toTrigger, (row) => row.id)
    },

    async listActive(organisation) {
      const rows = await kysely
        .selectFrom("inlay_triggers")
        .selectAll()
        .where("organisation", "=", organisation)
        .where(sql<boolean>`status = 'active' and next_at is null`)
        .orderBy("id")
        .execute()
      return rows.map(toTrigger).filter(({ configuration }) => !isSchedule(configuration))
    },

    async listWebhooks() {
      const rows = await kysely
        .selectFrom("inlay_triggers")
        .selectAll()
        .where(sql<boolean>`type = 'webhook'`)
        .orderBy("organisation")
        .orderBy("id")
        .execute()
      return rows.map(toTrigger)
    },

    async addRefused(counts) {
      const byId = [...counts].sort((one, other) => (one.triggerId < other.triggerId ? -1 : 1))
      await kysely.transaction().execute(async (transaction) => {
        for (const { organisation, triggerId, count } of byId) {
          await transaction
            .updateTable("inlay_triggers")
            .set({ refused: sql<number>`refused + ${count}` })
            .where("organisation", "=", organisation)
            .where("id", "=", triggerId)
            .execute()
        }
      })
    },

    async setStatus(organisation, id, status, at) {
      const changed = await kysely
        .updateTable("inlay_triggers")
        .set({
          status,
          updated_at: at,
          // What came while it was paused is over; from now on it is planned anew.
          next_at: sql<
            number | null
          >`case when type in ('schedule', 'cron') then ${sql.lit(toBePlanned)} else null end`,
        })
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .where("status", "<>", status)
        .returningAll()
        .executeTakeFirst()
      const row = changed ?? (await find(organisation, id))
      return row === undefined ? null : toTrigger(row)
    },

    async fire(firings) {
      if (firings.length === 0) return []
      const present = await fire(firings)
      if (firings.some(({ job }) => job !== null)) wake()
      return present
    },

    async listSchedules(limit, now) {
      const rows = await kysely
        .selectFrom("inlay_triggers")
        .selectAll()
        .where(sql<boolean>`status = 'active' and next_at is not null`)
        .orderBy("next_at")
        .limit(limit)
        .execute()
      const last = rows.at(-1)
      const isMore = rows.length === limit && Number(last?.next_at) <= now
      return (isMore ? await selectInTurns(kysely, limit, now) : rows).map(toTrigger)
    },

    async advance(moves) {
      if (moves.length === 0) return 0
      const made = await kysely.transaction().execute((transaction) => advance(transaction, moves))
      if (made.some(({ firings }) => firings.some(({ job }) => job !== null))) wake()
      return made.length
    },

    async findFiring(organisation, triggerId, id) {
      const row = await kysely
        .selectFrom("inlay_firings")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .where("trigger_id", "=", triggerId)
        .executeTakeFirst()
      return row === undefined ? null : toFiring(row)
    },

    async listFirings(organisation, triggerId, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_firings")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("trigger_id", "=", triggerId)
        .$if(cursor !== undefined, (query) => query.where("id", "<", cursor ?? ""))
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toFiring, (row) => row.id)
    },

    expireFirings: (firedBefore, limit) =>
      expireRows(kysely, "inlay_firings", { time: "fired_at", before: firedBefore, limit }),
  }
}

/** Whoever has a trigger's row just now tells of it too: to wait for the row could be to wait for one another. */
async function tellLast(
  transaction: Transaction<Schema>,
  skipLocked: string,
  firings: readonly NewFiring[],
): Promise<void> {
  const last = new Map<string, Firing>()
  for (const { firing } of firings) {
    if (firing.outcome === "queued") last.set(`${firing.organisation}/${firing.triggerId}`, firing)
  }
  for (const { organisation, triggerId, firedAt } of last.values()) {
    const at = Math.round(firedAt)
    await sql`
      update inlay_triggers set last_fired_at = ${at} where organisation = ${organisation} and id = (
        select id from inlay_triggers where organisation = ${organisation} and id = ${triggerId}
          and (last_fired_at is null or last_fired_at <= ${at - toldAgainMs})${sql.raw(skipLocked)}
      )`.execute(transaction)
  }
}
