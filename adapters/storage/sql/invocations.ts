import { type Selectable, sql } from "kysely"
import type { InvocationRecord } from "../../../src/model/invocation.ts"
import type { InvocationStore } from "../../../src/ports/storage.ts"
import { toWholeRange } from "./bounds.ts"
import type { Database } from "./database.ts"
import { createInsertion } from "./invocation-insertion.ts"
import { toPage } from "./page.ts"
import type { Schema } from "./schema.ts"
import { summarise } from "./summary.ts"

/** The invocations. */
export function createInvocationStore(database: Database): InvocationStore {
  const { kysely } = database
  const insertion = createInsertion(database)

  return {
    async insert(records) {
      const [first, ...others] = insertion(records)
      if (first === undefined) return
      if (others.length === 0) {
        await kysely.executeQuery(first)
        return
      }
      await kysely.transaction().execute(async (transaction) => {
        for (const query of [first, ...others]) await transaction.executeQuery(query)
      })
    },

    async find(organisation, id) {
      const row = await kysely
        .selectFrom("inlay_invocations")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .executeTakeFirst()
      return row === undefined ? null : toInvocationRecord(row)
    },

    async list(organisation, { functionId, status, range }, { limit, cursor }) {
      let query = kysely.selectFrom("inlay_invocations").selectAll().where("organisation", "=", organisation)
      if (functionId !== undefined) query = query.where("function_id", "=", functionId)
      // Literals, because an index holds only the failed ones.
      if (status !== undefined) query = query.where("status", "=", statusLiterals[status])
      if (range !== undefined) {
        const { from, to } = toWholeRange(range)
        query = query.where("started_at", ">=", from).where("started_at", "<", to)
      }
      if (cursor !== undefined) query = query.where("id", "<", cursor)
      const rows = await query
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toInvocationRecord, (row) => row.id)
    },

    summarise: (organisation, functionId, range) => summarise(kysely, organisation, functionId, range),

    async expire(startedBefore, limit) {
      let removed = 0
      // From function to function, each found by its oldest call: another index would cost every call.
      for (let source = await oldestAfter("", ""); source && removed < limit; ) {
        const { organisation, function_id: functionId, started_at: startedAt } = source
        if (Number(startedAt) < startedBefore) {
          removed += await remove(organisation, functionId, startedBefore, limit - removed)
        }
        source = await oldestAfter(organisation, functionId)
      }
      return removed
    },
  }

  /** The oldest call of the next function, in the order of organisations and ids. */
  function oldestAfter(organisation: string, functionId: string) {
    return kysely
      .selectFrom("inlay_invocations")
      .select(["organisation", "function_id", "started_at"])
      .where(sql<boolean>`(organisation, function_id) > (${organisation}, ${functionId})`)
      .orderBy("organisation")
      .orderBy("function_id")
      .orderBy("started_at")
      .limit(1)
      .executeTakeFirst()
  }

  async function remove(
    organisation: string,
    functionId: string,
    startedBefore: number,
    limit: number,
  ): Promise<number> {
    const { rows } = await sql`
      delete from inlay_invocations where organisation = ${organisation} and id in (
        select id from inlay_invocations
        where organisation = ${organisation} and function_id = ${functionId} and started_at < ${Math.ceil(startedBefore)}
        order by started_at limit ${limit}
      )
      returning id`.execute(kysely)
    return rows.length
  }
}

const statusLiterals = {
  succeeded: sql.lit<"succeeded">("succeeded"),
  failed: sql.lit<"failed">("failed"),
}

function toInvocationRecord(row: Selectable<Schema["inlay_invocations"]>): InvocationRecord {
  return {
    id: row.id,
    organisation: row.organisation,
    functionId: row.function_id,
    name: row.name,
    version: row.version,
    status: row.status,
    ...(row.error !== null && { error: JSON.parse(row.error) }),
    logs: JSON.parse(row.logs),
    startedAt: Number(row.started_at),
    endedAt: Number(row.ended_at),
    durationMs: row.duration_ms,
    cpuMs: row.cpu_ms,
    memoryBytes: Number(row.memory_bytes),
    coldStart: row.cold_start === 1,
    traceId: row.trace_id,
  }
}
