import type { Kysely, Selectable } from "kysely"
import type { PipelineRecord, PipelineRunRecord } from "../../../src/model/pipeline.ts"
import type { PipelineStore } from "../../../src/ports/storage.ts"
import type { Database } from "./database.ts"
import { toPage } from "./page.ts"
import type { Schema } from "./schema.ts"

/** The pipelines and their runs. */
export function createPipelineStore({ kysely }: Database): PipelineStore {
  return {
    async save(organisation, definition, newId, at) {
      const steps = JSON.stringify(definition.steps)
      const row = await kysely
        .insertInto("inlay_pipelines")
        .values({ organisation, id: newId, name: definition.name, steps, created_at: at, updated_at: at })
        .onConflict((conflict) => conflict.columns(["organisation", "name"]).doUpdateSet({ steps, updated_at: at }))
        .returningAll()
        .executeTakeFirstOrThrow()
      return toPipelineRecord(row)
    },

    async find(organisation, name) {
      const row = await kysely
        .selectFrom("inlay_pipelines")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("name", "=", name)
        .executeTakeFirst()
      return row === undefined ? null : toPipelineRecord(row)
    },

    async list(organisation, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_pipelines")
        .selectAll()
        .where("organisation", "=", organisation)
        .$if(cursor !== undefined, (query) => query.where("name", ">", cursor ?? ""))
        .orderBy("name")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toPipelineRecord, (row) => row.name)
    },

    async remove(organisation, name) {
      const removed = await kysely
        .deleteFrom("inlay_pipelines")
        .where("organisation", "=", organisation)
        .where("name", "=", name)
        .returning("id")
        .execute()
      return removed.length > 0
    },

    insertRun: (run) => insertRun(kysely, run),

    async findRun(organisation, id) {
      const row = await kysely
        .selectFrom("inlay_pipeline_runs")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .executeTakeFirst()
      return row === undefined ? null : toRunRecord(row)
    },

    async listRuns(organisation, pipeline, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_pipeline_runs")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("pipeline", "=", pipeline)
        .$if(cursor !== undefined, (query) => query.where("id", "<", cursor ?? ""))
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toRunRecord, (row) => row.id)
    },
  }
}

async function insertRun(kysely: Kysely<Schema>, run: PipelineRunRecord): Promise<void> {
  await kysely
    .insertInto("inlay_pipeline_runs")
    .values({
      organisation: run.organisation,
      id: run.id,
      pipeline: run.pipeline,
      status: run.status,
      output: toJson(run.output),
      error: toJson(run.error),
      steps: JSON.stringify(run.steps),
      started_at: Math.round(run.startedAt),
      ended_at: Math.round(run.endedAt),
      duration_ms: run.durationMs,
    })
    .execute()
}

/** Undefined is kept apart from JSON's null. */
function toJson(value: unknown): string | null {
  return value === undefined ? null : (JSON.stringify(value) ?? null)
}

function toPipelineRecord(row: Selectable<Schema["inlay_pipelines"]>): PipelineRecord {
  return {
    id: row.id,
    organisation: row.organisation,
    name: row.name,
    steps: JSON.parse(row.steps),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }
}

function toRunRecord(row: Selectable<Schema["inlay_pipeline_runs"]>): PipelineRunRecord {
  return {
    id: row.id,
    organisation: row.organisation,
    pipeline: row.pipeline,
    status: row.status,
    ...(row.output !== null && { output: JSON.parse(row.output) }),
    ...(row.error !== null && { error: JSON.parse(row.error) }),
    steps: JSON.parse(row.steps),
    startedAt: Number(row.started_at),
    endedAt: Number(row.ended_at),
    durationMs: row.duration_ms,
  }
}
