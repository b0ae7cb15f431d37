import { sql } from "kysely"
import type { PipelineStore, StepRow, WaitingRun } from "../../../src/ports/pipeline-storage.ts"
import type { Database } from "./database.ts"
import { toPage } from "./page.ts"
import { hastenJob } from "./queue/hasten.ts"
import { toStepRow } from "./step-row.ts"

const waits = sql<boolean>`status = 'waiting' and awaited_type is not null`

/** A run that has ended, or is being undone, waits for nothing. */
const hasOpenRun = sql<boolean>`exists (
  select 1 from inlay_runs where inlay_runs.organisation = inlay_run_steps.organisation
    and inlay_runs.id = inlay_run_steps.run_id and inlay_runs.status in ('running', 'waiting') and inlay_runs.error is null
)`

/** Steps that wait for what comes from outside of their runs. */
export function createAwaitingEntries({
  kysely,
}: Database): Pick<PipelineStore, "listAwaiting" | "isAwaited" | "resolveSteps"> {
  const select = (organisation: string, type: string) =>
    kysely
      .selectFrom("inlay_run_steps")
      .where("organisation", "=", organisation)
      .where("awaited_type", "=", type)
      .where(waits)
      .where(hasOpenRun)

  return {
    async listAwaiting(organisation, type, { limit, cursor }) {
      const found = await select(organisation, type)
        .select("run_id")
        .distinct()
        .$if(cursor !== undefined, (query) => query.where("run_id", ">", cursor ?? ""))
        .orderBy("run_id")
        .limit(limit + 1)
        .execute()
      const ids = found.slice(0, limit).map((row) => row.run_id)
      const rows =
        ids.length === 0 ? [] : await select(organisation, type).selectAll().where("run_id", "in", ids).execute()
      const stepsOf = new Map<string, StepRow[]>(ids.map((id) => [id, []]))
      for (const row of rows.sort((one, other) => one.position - other.position))
        stepsOf.get(row.run_id)?.push(toStepRow(row))
      const toRun = ({ run_id: runId }: { readonly run_id: string }): WaitingRun => ({
        runId,
        steps: stepsOf.get(runId) ?? [],
      })
      return toPage(found, limit, toRun, (row) => row.run_id)
    },

    async isAwaited(organisation, type) {
      const row = await select(organisation, type).select("run_id").limit(1).executeTakeFirst()
      return row !== undefined
    },

    resolveSteps: (organisation, runId, steps, eventKey) =>
      kysely.transaction().execute(async (transaction) => {
        // It changes nothing: of two deliveries of one event to the run, the second waits here for what the first did.
        const run = await transaction
          .updateTable("inlay_runs")
          .set((columns) => ({ fence: columns.ref("fence") }))
          .where("organisation", "=", organisation)
          .where("id", "=", runId)
          .where(sql<boolean>`status in ('running', 'waiting') and error is null`)
          .returning("fence")
          .executeTakeFirst()
        if (run === undefined) return 0
        if (eventKey !== null) {
          const known = await transaction
            .selectFrom("inlay_run_steps")
            .select("path")
            .where("organisation", "=", organisation)
            .where("run_id", "=", runId)
            .where("resumed_by", "=", eventKey)
            .limit(1)
            .executeTakeFirst()
          if (known !== undefined) return 0
        }
        let count = 0
        let at = 0
        for (const { path, status, output, error, endedAt } of steps) {
          const updated = await transaction
            .updateTable("inlay_run_steps")
            .set({
              status,
              output,
              error: error === undefined ? null : JSON.stringify(error),
              ended_at: endedAt === null ? null : Math.round(endedAt),
              wake_at: null,
              resumed_by: eventKey,
              resumed_fence: run.fence,
            })
            .where("organisation", "=", organisation)
            .where("run_id", "=", runId)
            .where("path", "=", path)
            .where("status", "=", "waiting")
            .returning("path")
            .executeTakeFirst()
          if (updated === undefined) continue
          count++
          at = Math.max(at, endedAt ?? 0)
        }
        // Nobody may come back to say so: the steps do not wait any more.
        if (count > 0) await hastenJob(transaction, organisation, runId, at)
        return count
      }),
  }
}
