import { type Kysely, type Selectable, sql, type Transaction } from "kysely"
import type { PipelineStore, RunClaim, RunRow } from "../../../src/ports/pipeline-storage.ts"
import type { Database } from "./database.ts"
import { createGroup } from "./group.ts"
import { maxPageBytes, toPage } from "./page.ts"
import { findFault, toRun, toRunColumns } from "./run-row.ts"
import type { Schema } from "./schema.ts"
import { toStepRow } from "./step-row.ts"
import { createStepWriting } from "./step-writing.ts"

type RunEntries = Pick<
  PipelineStore,
  | "claim"
  | "reclaim"
  | "resume"
  | "writeStep"
  | "updateRun"
  | "endRun"
  | "failRun"
  | "findRun"
  | "findStatus"
  | "listSteps"
  | "listUndone"
  | "findFamily"
  | "listRuns"
>

const open = sql<boolean>`status in ('queued', 'running', 'waiting')`

const sizeOfRun = sql<number>`octet_length(definition) + octet_length(input) + octet_length(coalesce(output, ''))`

/** The runs of pipelines, and what they have written down. */
export function createRunEntries(database: Database): RunEntries {
  const { kysely } = database
  const insertSteps = createStepWriting(database)

  const writeStep = createGroup<Parameters<RunEntries["writeStep"]>, boolean>(async (writes) => {
    const written = await insertSteps(
      writes.map(([organisation, runId, fence, step]) => ({ organisation, runId, fence, step })),
    )
    return writes.map(([organisation, runId, , step]) => written.has(`${organisation}/${runId}/${step.path}`))
  }, 256)

  return {
    async claim(run, steps = []) {
      // Mostly it is new and has no steps: one statement, and nothing to wait for beside it.
      if (steps.length === 0 && (await addRun(kysely, run))) return { run, fence: 1, steps }
      return await kysely.transaction().execute(async (transaction) => {
        const { organisation, id } = run
        if (steps.length > 0 && (await addRun(transaction, run))) {
          await insertSteps(
            steps.map((step) => ({ organisation, runId: id, fence: 1, step })),
            transaction,
          )
          return { run, fence: 1, steps }
        }
        const claim = await claimWhole(transaction, organisation, id)
        if (!claim) throw new Error(`Cannot claim run "${id}": it is gone.`)
        return claim
      })
    },

    reclaim: (organisation, runId) =>
      kysely.transaction().execute((transaction) => claimWhole(transaction, organisation, runId)),

    resume: (organisation, runId, fence) =>
      kysely.transaction().execute(async (transaction) => {
        const claimed = await claimOpen(transaction, organisation, runId)
          .where("fence", "=", fence)
          .returning("fence")
          .executeTakeFirst()
        if (claimed === undefined) return null
        const changed = await transaction
          .selectFrom("inlay_run_steps")
          .selectAll()
          .where("organisation", "=", organisation)
          .where("run_id", "=", runId)
          .where("resumed_fence", "=", fence)
          .execute()
        return { fence: claimed.fence, steps: changed.map(toStepRow) }
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

    endRun: (organisation, runId, { status, error, endedAt: at }) =>
      kysely.transaction().execute(async (transaction) => {
        const endedAt = Math.round(at)
        const updated = await transaction
          .updateTable("inlay_runs")
          .set((columns) => ({
            status,
            error: JSON.stringify(error),
            ended_at: endedAt,
            fence: columns("fence", "+", 1),
          }))
          .where("organisation", "=", organisation)
          .where("id", "=", runId)
          .where(open)
          .returning("id")
          .executeTakeFirst()
        if (updated === undefined) return false
        await transaction
          .updateTable("inlay_run_steps")
          .set({ status: "skipped", ended_at: endedAt, wake_at: null })
          .where("organisation", "=", organisation)
          .where("run_id", "=", runId)
          .where("status", "=", "waiting")
          .execute()
        return true
      }),

    async failRun(organisation, runId, error) {
      const updated = await kysely
        .updateTable("inlay_runs")
        .set((columns) => ({ error: JSON.stringify(error), fence: columns("fence", "+", 1) }))
        .where("organisation", "=", organisation)
        .where("id", "=", runId)
        .where("error", "is", null)
        .where(open)
        .returning("id")
        .executeTakeFirst()
      return updated !== undefined
    },

    async findRun(organisation, id) {
      const row = await selectRun(kysely, organisation, id).executeTakeFirst()
      return row === undefined ? null : toRun(row)
    },

    async findStatus(organisation, id) {
      const row = await kysely
        .selectFrom("inlay_runs")
        .select("status")
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .executeTakeFirst()
      return row?.status ?? null
    },

    listSteps: async (organisation, runId) => (await selectSteps(kysely, organisation, runId)).map(toStepRow),

    async listUndone(organisation, runId) {
      const { rows } = await sql<{ invocation_id: string }>`
        ${withRelated(organisation, runId)}
        select distinct done.invocation_id as invocation_id
        from related
        join inlay_run_steps as undoing
          on undoing.organisation = ${organisation} and undoing.run_id = related.id and undoing.kind = 'compensation'
        join inlay_run_steps as done
          on done.organisation = undoing.organisation and done.run_id = undoing.run_id
          and done.path = substr(undoing.path, 1, length(undoing.path) - length('.compensate'))
        where done.invocation_id is not null`.execute(kysely)
      return new Set(rows.map((row) => row.invocation_id))
    },

    async findFamily(organisation, runId) {
      const { rows } = await sql<{ eldest: string | null; open: string | null }>`
        ${withRelated(organisation, runId)}
        select min(id) as eldest, min(case when ${open} then id end) as open from related`.execute(kysely)
      return { eldestId: rows[0]?.eldest ?? runId, openId: rows[0]?.open ?? null }
    },

    async listRuns(organisation, pipeline, { limit, cursor }) {
      const rows = await kysely
        .with("sized", (query) =>
          query
            .selectFrom("inlay_runs")
            .select(["id", sizeOfRun.as("size")])
            .where("organisation", "=", organisation)
            .where("pipeline", "=", pipeline)
            .$if(cursor !== undefined, (earlier) => earlier.where("id", "<", cursor ?? ""))
            .orderBy("id", "desc")
            .limit(limit + 1),
        )
        .with("page", (query) =>
          query.selectFrom("sized").select(["id", sql<number>`sum(size) over (order by id desc) - size`.as("before")]),
        )
        .selectFrom("page")
        .innerJoin("inlay_runs as kept", "kept.id", "page.id")
        .selectAll("kept")
        .select((query) => query.selectFrom("sized").select(query.fn.countAll().as("count")).as("found"))
        .where("kept.organisation", "=", organisation)
        .where("page.before", "<", maxPageBytes)
        .orderBy("page.id", "desc")
        .execute()
      return toPage(rows, limit, toRun, (row) => row.id, Number(rows[0]?.found ?? 0))
    },
  }
}

/** A run and all that do it again, or that it does again, however far apart. */
function withRelated(organisation: string, runId: string) {
  return sql`with recursive related (id, origin_id, status) as (
    select id, origin_id, status from inlay_runs where organisation = ${organisation} and id = ${runId}
    union
    select inlay_runs.id, inlay_runs.origin_id, inlay_runs.status from related join inlay_runs
      on inlay_runs.organisation = ${organisation}
      and (inlay_runs.id = related.origin_id or inlay_runs.origin_id = related.id)
  )`
}

/** False where it is there already. */
async function addRun(kysely: Kysely<Schema>, run: RunRow): Promise<boolean> {
  const added = await kysely
    .insertInto("inlay_runs")
    .values({ ...toRunColumns(run), fence: 1 })
    .onConflict((conflict) => conflict.columns(["organisation", "id"]).doNothing())
    .returning("id")
    .executeTakeFirst()
  return added !== undefined
}

/** What gives a run that has not ended to another worker. */
function claimOpen(transaction: Transaction<Schema>, organisation: string, id: string) {
  return transaction
    .updateTable("inlay_runs")
    .set((columns) => ({ fence: columns("fence", "+", 1), status: "running" }))
    .where("organisation", "=", organisation)
    .where("id", "=", id)
    .where(open)
}

/** With all that it has written down; one that has ended is not changed. */
async function claimWhole(
  transaction: Transaction<Schema>,
  organisation: string,
  id: string,
): Promise<RunClaim | null> {
  const row =
    (await claimOpen(transaction, organisation, id).returningAll().executeTakeFirst()) ??
    (await selectRun(transaction, organisation, id).executeTakeFirst())
  if (row === undefined) return null
  const stepRows = await selectSteps(transaction, organisation, id)
  const unreadable = findFault(row, stepRows)
  const claim = { run: toRun(row), fence: row.fence, steps: stepRows.map(toStepRow) }
  return unreadable === undefined ? claim : { ...claim, unreadable }
}

function selectRun(kysely: Database["kysely"] | Transaction<Schema>, organisation: string, id: string) {
  return kysely.selectFrom("inlay_runs").selectAll().where("organisation", "=", organisation).where("id", "=", id)
}

async function selectSteps(
  kysely: Database["kysely"] | Transaction<Schema>,
  organisation: string,
  runId: string,
): Promise<readonly Selectable<Schema["inlay_run_steps"]>[]> {
  const rows = await kysely
    .selectFrom("inlay_run_steps")
    .selectAll()
    .where("organisation", "=", organisation)
    .where("run_id", "=", runId)
    .execute()
  return rows.sort((one, other) => one.position - other.position)
}
