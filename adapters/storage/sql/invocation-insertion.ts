import type { Insertable, Kysely } from "kysely"
import type { InvocationRecord } from "../../../src/model/invocation.ts"
import type { SqlValue } from "./connection.ts"
import { createRowStatements, type RowStatements } from "./row-statements.ts"
import type { Schema } from "./schema.ts"

/** Makes the statements that insert rows of invocations; rows whose id is known are passed over. */
export function createInsertion(kysely: Kysely<Schema>): RowStatements {
  return createRowStatements((rows) =>
    kysely
      .insertInto("inlay_invocations")
      .values(Array.from({ length: rows }, () => sampleRow))
      .onConflict((conflict) => conflict.columns(["organisation", "id"]).doNothing())
      .compile(),
  )
}

type InvocationRow = Insertable<Schema["inlay_invocations"]>

/** The order of the columns is that of `toInvocationRow`. */
const sampleRow: InvocationRow = {
  organisation: "",
  id: "",
  function_id: "",
  name: "",
  version: 0,
  status: "succeeded",
  error: null,
  logs: "",
  started_at: 0,
  ended_at: 0,
  duration_ms: 0,
  cpu_ms: 0,
  memory_bytes: 0,
  cold_start: 0,
  trace_id: "",
}

/** The values of a record's row. */
export function toInvocationRow(record: InvocationRecord): readonly SqlValue[] {
  return [
    record.organisation,
    record.id,
    record.functionId,
    record.name,
    record.version,
    record.status,
    record.error === undefined ? null : JSON.stringify(record.error),
    record.logs.length === 0 ? "[]" : JSON.stringify(record.logs),
    // A clock may give fractions, a column of whole numbers takes none.
    Math.round(record.startedAt),
    Math.round(record.endedAt),
    record.durationMs,
    record.cpuMs,
    Math.round(record.memoryBytes),
    record.coldStart ? 1 : 0,
    record.traceId,
  ]
}
