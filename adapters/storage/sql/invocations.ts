import { type Selectable, sql } from "kysely"
import type { InvocationRecord } from "../../../src/model/invocation.ts"
import type { InvocationStore } from "../../../src/ports/storage.ts"
import { toWholeRange } from "./bounds.ts"
import type { Database } from "./database.ts"
import { createInsertion, toInvocationRow } from "./invocation-insertion.ts"
import { toPage } from "./page.ts"
import type { Schema } from "./schema.ts"
import { summarise } from "./summary.ts"

/** The invocations. */
export function createInvocationStore({ kysely }: Database): InvocationStore {
  const insertion = createInsertion(kysely)

  return {
    async insert(records) {
      const [first, ...others] = insertion(records.map(toInvocationRow))
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
