import { type Selectable, sql, type Transaction } from "kysely"
import type { PipelineStore, RunRow, StepRow } from "../../../src/ports/pipeline-storage.ts"
import type { Database } from "./database.ts"
import { createGroup } from "./group.ts"
import { toPage } from "./page.ts"
import type { Schema } from "./schema.ts"
import { toStepRow } from "./step-row.ts"
import { createStepWriting } from "./step-writing.ts"

type RunEntries = Omit<
  PipelineStore,
  "save" | "find" | "list" | "remove" | "findCached" | "keepCached" | "expireCached"
>

const open = sql<boolean>`status in ('queued', 'running', 'waiting')`

/** The runs of pipelines, and what they have written down. */
export function createRunEntries(database: Database): RunEntries {
  const { kysely } = database
  const insertSteps = createStepWriting(database)

  const writeStep = createGroup<Parameters<RunEntries["writeStep"]>, boolean>(
    (writes) =>
      kysely.transaction().execute(async (transaction) => {
        const written = await insertSteps(
          transaction,
          writes.map(([organisation, runId, fence, step]) => ({ organisation, runId, fence, step })),
        )
        return writes.map(([organisation, runId, , step]) => written.has(`${organisation}/${runId}/${step.path}`))
      }),
    256,
  )

  return {
    claim: (run, steps = []) =>
      kysely.transaction().execute(async (transaction) => {
        const added = await transaction
          .insertInto("inlay_runs")
          .values({ ...toRunColumns(run), fence: 1 })
          .onConflict((conflict) => conflict.columns(["organisation", "id"]).doNothing())
          .returning("id")
          .executeTakeFirst()
        const { organisation, id } = run
        if (added !== undefined) {
          await insertSteps(
            transaction,
            steps.map((step) => ({ organisation, runId: id, fence: 1, step })),
          )
          return { run, fence: 1, steps }
        }
        const claimed = await transaction
          .updateTable("inlay_runs")
          .set((columns) => ({ fence: columns("fence", "+", 1), status: "running" }))
          .where("organisation", "=", organisation)
          .where("id", "=", id)
          .where(open)
          .returningAll()
          .executeTakeFirst()
        const row = claimed ?? (await selectRun(transaction, organisation, id).executeTakeFirstOrThrow())
        return { run: toRun(row), fence: row.fence, steps: await listSteps(transaction, organisation, id) }
      }),

    writeStep: (...write) => writeStep(write),

    async updateRun(organisation, runId, fence, { status, output, error, endedAt }) {
      const updated = await kysely
        .updateTable("inlay_runs")
        .set({
          status,
          output,
          error: error === null ? null : JSON.stringify(error),
          ended_at: endedAt === null ? null : Math.round(endedAt),
        })
        .where("organisation", "=", organisation)
        .where("id", "=", runId)
        .where("fence", "=", fence)
        .where(open)
        .returning("id")
        .executeTakeFirst()
      return updated !== undefined
    },

    async cancelRun(organisation, runId, error, at) {
      const updated = await kysely
        .updateTable("inlay_runs")
        .set((columns) => ({
          status: "cancelled",
          error: JSON.stringify(error),
          ended_at: Math.round(at),
          fence: columns("fence", "+", 1),
        }))
        .where("organisation", "=", organisation)
        .where("id", "=", runId)
        .where(open)
        .returning("id")
        .executeTakeFirst()
      return updated !== undefined
    },

    async findRun(organisation, id) {
      const row = await selectRun(kysely, organisation, id).executeTakeFirst()
      return row === undefined ? null : toRun(row)
    },

    listSteps: (organisation, runId) => listSteps(kysely, organisation, runId),

    async listRuns(organisation, pipeline, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_runs")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("pipeline", "=", pipeline)
        .$if(cursor !== undefined, (query) => query.where("id", "<", cursor ?? ""))
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toRun, (row) => row.id)
    },

    async listAwaiting(organisation, type) {
      const rows = await kysely
        .selectFrom("inlay_run_steps")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("awaited_type", "=", type)
        .where(sql<boolean>`status = 'waiting' and awaited_type is not null`)
        // A run that has ended waits for nothing.
        .where(
          sql<boolean>`exists (
            select 1 from inlay_runs where inlay_runs.organisation = inlay_run_steps.organisation
              and inlay_runs.id = inlay_run_steps.run_id and inlay_runs.status in ('running', 'waiting')
          )`,
        )
        .execute()
      return rows.map((row) => ({ organisation, runId: row.run_id, step: toStepRow(row) }))
    },

    async resolveStep(organisation, runId, { path, status, output, error, endedAt }) {
      const updated = await kysely
        .updateTable("inlay_run_steps")
        .set({
          status,
          output,
          error: error === undefined ? null : JSON.stringify(error),
          ended_at: endedAt === null ? null : Math.round(endedAt),
          wake_at: null,
        })
        .where("organisation", "=", organisation)
        .where("run_id", "=", runId)
        .where("path", "=", path)
        .where("status", "=", "waiting")
        .returning("path")
        .executeTakeFirst()
      return updated !== undefined
    },
  }
}

function selectRun(kysely: Database["kysely"] | Transaction<Schema>, organisation: string, id: string) {
  return kysely.selectFrom("inlay_runs").selectAll().where("organisation", "=", organisation).where("id", "=", id)
}

async function listSteps(
  kysely: Database["kysely"] | Transaction<Schema>,
  organisation: string,
  runId: string,
): Promise<readonly StepRow[]> {
  const rows = await kysely
    .selectFrom("inlay_run_steps")
    .selectAll()
    .where("organisation", "=", organisation)
    .where("run_id", "=", runId)
    .execute()
  return rows.map(toStepRow).sort((one, other) => one.position - other.position)
}

function toRunColumns(run: RunRow) {
  return {
    organisation: run.organisation,
    id: run.id,
    pipeline: run.pipeline,
    status: run.status,
    definition: JSON.stringify(run.definition),
    input: run.input,
    output: run.output,
    error: run.error === null ? null : JSON.stringify(run.error),
    trace_id: run.traceId,
    origin_id: run.originId,
    started_at: Math.round(run.startedAt),
    ended_at: run.endedAt === null ? null : Math.round(run.endedAt),
  }
}

function toRun(row: Selectable<Schema["inlay_runs"]>): RunRow {
  return {
    organisation: row.organisation,
    id: row.id,
    pipeline: row.pipeline,
    status: row.status,
    definition: JSON.parse(row.definition),
    input: row.input,
    output: row.output,
    error: row.error === null ? null : JSON.parse(row.error),
    traceId: row.trace_id,
    originId: row.origin_id,
    startedAt: Number(row.started_at),
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
  }
}
