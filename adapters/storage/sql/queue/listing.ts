import { type Expression, type SqlBool, sql } from "kysely"
import type { JobFilter, Queue } from "../../../../src/ports/queue.ts"
import { toWhole } from "../bounds.ts"
import type { Database } from "../database.ts"
import { toPage } from "../page.ts"
import { toJob } from "./job-row.ts"

const ended = sql<boolean>`status in ('succeeded', 'failed', 'cancelled')`

/** Reading and removing jobs. */
export function createListing({ kysely, engine }: Database): Pick<Queue, "find" | "list" | "purge" | "expire"> {
  const select = (organisation: string, filter: JobFilter) =>
    kysely.selectFrom("inlay_jobs").where("organisation", "=", organisation).where(toCondition(filter))
  // One that a transaction of the host's has answered for stays until that has ended.
  const free = sql.raw(engine.skipLocked)

  return {
    async find(organisation, id) {
      const row = await kysely
        .selectFrom("inlay_jobs")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .executeTakeFirst()
      return row === undefined ? null : toJob(row)
    },

    async list(organisation, filter, { limit, cursor }) {
      const rows = await select(organisation, filter)
        .selectAll()
        .$if(cursor !== undefined, (query) => query.where("id", "<", cursor ?? ""))
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toJob, (row) => row.id)
    },

    async purge(organisation, filter, limit) {
      const chosen = select(organisation, filter).select("id").where(ended).orderBy("id").limit(limit)
      const removed = await kysely
        .deleteFrom("inlay_jobs")
        .where("organisation", "=", organisation)
        .where(sql<boolean>`id in (${chosen}${free})`)
        .returning("id")
        .execute()
      return removed.length
    },

    async expire(status, endedBefore, limit) {
      const before = toWhole(endedBefore)
      // One statement, which is one flush of the disk: many jobs end in a second.
      const { rows } = await sql`
        delete from inlay_jobs where (organisation, id) in (
          select organisation, id from inlay_jobs
          where status = ${sql.lit(status)} and ${ended} and updated_at < ${before}
            and (idempotency_key is null or idempotency_until < ${before})
          order by updated_at limit ${limit}${free}
        )
        returning id`.execute(kysely)
      return rows.length
    },
  }
}

function toCondition({ id, kind, status, target, code, replayed, from, to }: JobFilter): Expression<SqlBool> {
  const conditions = [sql<boolean>`1 = 1`]
  if (id !== undefined) conditions.push(sql`id = ${id}`)
  // Literals, because there are indexes of the events and of the failed ones alone.
  if (kind !== undefined) conditions.push(sql`kind = ${sql.lit(kind)}`)
  if (status !== undefined) conditions.push(sql`status = ${sql.lit(status)}`)
  if (target !== undefined) conditions.push(sql`target = ${target}`)
  if (code !== undefined) conditions.push(sql`error_code = ${code}`)
  if (replayed !== undefined) conditions.push(replayed ? sql`replayed_as is not null` : sql`replayed_as is null`)
  if (from !== undefined) conditions.push(sql`created_at >= ${Math.ceil(from)}`)
  if (to !== undefined) conditions.push(sql`created_at < ${Math.ceil(to)}`)
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`
}
