import { type CompiledQuery, sql } from "kysely"
import type { InvocationRecord } from "../../../src/model/invocation.ts"
import type { Database } from "./database.ts"
import { createRowInsertion, type InsertedRow } from "./row-insertion.ts"

/** Makes the statements that insert rows of invocations; rows whose id is known are passed over. */
export function createInsertion(
  database: Database,
): (records: readonly InvocationRecord[]) => readonly CompiledQuery[] {
  const insertion = createRowInsertion(database, {
    table: "inlay_invocations",
    common: {
      function_id: "text",
      organisation: "text",
      name: "text",
      version: "integer",
      status: "text",
      error: "text",
      cold_start: "integer",
    },
    own: {
      id: "text",
      logs: "text",
      started_at: "bigint",
      ended_at: "bigint",
      duration_ms: "double precision",
      cpu_ms: "double precision",
      memory_bytes: "bigint",
      trace_id: "text",
    },
    end: sql`on conflict (organisation, id) do nothing`,
  })
  return (records) => insertion(records.map(toInvocationRow))
}

function toInvocationRow(record: InvocationRecord): InsertedRow {
  return [
    record.functionId,
    record.organisation,
    record.name,
    record.version,
    record.status,
    record.error === undefined ? null : JSON.stringify(record.error),
    record.coldStart ? 1 : 0,
    record.id,
    record.logs.length === 0 ? "[]" : JSON.stringify(record.logs),
    // A clock may give fractions, a column of whole numbers takes none.
    Math.round(record.startedAt),
    Math.round(record.endedAt),
    record.durationMs,
    record.cpuMs,
    Math.round(record.memoryBytes),
    record.traceId,
  ]
}
