import type { Selectable } from "kysely"
import type { StepRow } from "../../../src/ports/pipeline-storage.ts"
import { readJson } from "../../../src/util/read-json.ts"
import type { SqlValue } from "./connection.ts"
import type { Schema } from "./schema.ts"

/** The columns that `toStepValues` fills, in its order, with the types that PostgreSQL cannot tell from parameters alone. */
export const stepColumns: Readonly<Record<string, string>> = {
  path: "text",
  position: "integer",
  name: "text",
  kind: "text",
  function: "text",
  version: "integer",
  status: "text",
  invocation_id: "text",
  attempts: "integer",
  output: "text",
  error: "text",
  cached: "integer",
  started_at: "bigint",
  ended_at: "bigint",
  wake_at: "bigint",
  awaited_type: "text",
  awaited_match: "text",
  awaited_filter: "text",
  link: "integer",
}

/** The values of a step's row. */
export function toStepValues(step: StepRow): readonly SqlValue[] {
  return [
    step.path,
    step.position,
    step.name,
    step.kind,
    step.function,
    step.version,
    step.status,
    step.invocationId,
    step.attempts,
    step.output,
    step.error === undefined ? null : JSON.stringify(step.error),
    step.cached ? 1 : 0,
    toWhole(step.startedAt),
    toWhole(step.endedAt),
    toWhole(step.wakeAt),
    step.awaited?.type ?? null,
    step.awaited ? JSON.stringify(step.awaited.match) : null,
    step.awaited?.filter === undefined ? null : JSON.stringify(step.awaited.filter),
    step.link,
  ]
}

/** A row as a step. */
export function toStepRow(row: Selectable<Schema["inlay_run_steps"]>): StepRow {
  // A match or a filter that cannot be read is that of no event.
  const filter = row.awaited_filter === null ? undefined : readJson<unknown>(row.awaited_filter, null)
  const match = row.awaited_match === null ? {} : readJson<Record<string, unknown> | null>(row.awaited_match, null)
  const error = row.error === null ? null : readJson<StepRow["error"] | null>(row.error, null)
  return {
    path: row.path,
    position: row.position,
    name: row.name,
    kind: row.kind as StepRow["kind"],
    function: row.function,
    version: row.version,
    status: row.status,
    invocationId: row.invocation_id,
    attempts: row.attempts,
    output: row.output,
    ...(error && { error }),
    ...(row.cached === 1 && { cached: true }),
    startedAt: toNumber(row.started_at),
    endedAt: toNumber(row.ended_at),
    wakeAt: toNumber(row.wake_at),
    link: row.link,
    awaited:
      row.awaited_type === null || match === null || filter === null
        ? null
        : { type: row.awaited_type, match, ...(filter !== undefined && { filter }) },
  }
}

function toWhole(time: number | null): number | null {
  return time === null ? null : Math.round(time)
}

function toNumber(value: number | string | bigint | null): number | null {
  return value === null ? null : Number(value)
}
