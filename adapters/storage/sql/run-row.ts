import type { Insertable, Selectable } from "kysely"
import { areSteps } from "../../../src/model/pipeline-shape.ts"
import type { RunRow } from "../../../src/ports/pipeline-storage.ts"
import { readJson } from "../../../src/util/read-json.ts"
import type { Schema } from "./schema.ts"

/** What of a run's columns cannot be read, though it must be to go on. */
export function findFault(
  run: Selectable<Schema["inlay_runs"]>,
  steps: readonly Selectable<Schema["inlay_run_steps"]>[],
): string | undefined {
  const texts = [
    ["its definition", run.definition],
    ["its error", run.error],
    ...steps.flatMap(({ path, error, awaited_match }) => [
      [`the error of step ${path}`, error],
      [`what step ${path} waits for`, awaited_match],
    ]),
  ] as const
  for (const [name = "", text] of texts) {
    if (text != null && readJson(text, undefined) === undefined) return `${name} is not JSON`
  }
  return areSteps(readJson(run.definition, null)) ? undefined : "its definition is no list of steps"
}

/** The columns of a run, but for its fence. */
export function toRunColumns(run: RunRow): Omit<Insertable<Schema["inlay_runs"]>, "fence"> {
  return {
    organisation: run.organisation,
    id: run.id,
    pipeline: run.pipeline,
    status: run.status,
    definition: JSON.stringify(run.definition),
    surroundings: run.surroundings === null ? null : JSON.stringify(run.surroundings),
    input: run.input,
    output: run.output,
    error: run.error === null ? null : JSON.stringify(run.error),
    trace_id: run.traceId,
    origin_id: run.originId,
    started_at: Math.round(run.startedAt),
    ended_at: run.endedAt === null ? null : Math.round(run.endedAt),
  }
}

/** A row as a run. */
export function toRun(row: Selectable<Schema["inlay_runs"]>): RunRow {
  return {
    organisation: row.organisation,
    id: row.id,
    pipeline: row.pipeline,
    status: row.status,
    surroundings: row.surroundings === null ? null : readJson(row.surroundings, null),
    definition: toSteps(readJson(row.definition, null)),
    input: row.input,
    output: row.output,
    error: row.error === null ? null : readJson(row.error, null),
    traceId: row.trace_id,
    originId: row.origin_id,
    startedAt: Number(row.started_at),
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
  }
}

/** None where they cannot be read. */
function toSteps(definition: unknown): RunRow["definition"] {
  return areSteps(definition) ? definition : []
}
