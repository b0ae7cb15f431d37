import type { Transaction } from "kysely"
import type { ForecastRun, ForecastSchedule } from "../../../../src/model/forecast-schedule.ts"
import type { ForecastScheduleChange, ForecastStore } from "../../../../src/ports/forecast-storage.ts"
import type { Database } from "../database.ts"
import { expireRows } from "../expire-rows.ts"
import { toPage } from "../page.ts"
import type { JobWriting } from "../queue/with-jobs.ts"
import type { Schema } from "../schema.ts"

/** By what forecasts are made again and again, and each time that they were. */
export function createForecastScheduleEntries(
  { kysely, engine }: Database,
  { insertJobs, wake }: JobWriting,
): Pick<
  ForecastStore,
  "addSchedule" | "findSchedule" | "listSchedules" | "changeSchedule" | "findRun" | "listRuns" | "expireRuns"
> {
  type Queries = Database["kysely"] | Transaction<Schema>

  async function findSchedule(queries: Queries, organisation: string, id: string): Promise<ForecastSchedule | null> {
    const row = await queries
      .selectFrom("inlay_forecast_schedules")
      .select("schedule")
      .where("organisation", "=", organisation)
      .where("id", "=", id)
      .executeTakeFirst()
    return row === undefined ? null : (JSON.parse(row.schedule) as ForecastSchedule)
  }

  async function findRun(queries: Queries, organisation: string, id: string): Promise<ForecastRun | null> {
    const row = await queries
      .selectFrom("inlay_forecast_runs")
      .select("run")
      .where("organisation", "=", organisation)
      .where("id", "=", id)
      .executeTakeFirst()
    return row === undefined ? null : toRun(row)
  }

  async function saveRun(transaction: Transaction<Schema>, run: ForecastRun): Promise<void> {
    const { organisation, id, status, endedAt } = run
    const columns = { status, ended_at: endedAt === null ? null : Math.round(endedAt), run: JSON.stringify(run) }
    await transaction
      .insertInto("inlay_forecast_runs")
      .values({ organisation, id, schedule_id: run.scheduleId, ...columns })
      .onConflict((conflict) => conflict.columns(["organisation", "id"]).doUpdateSet(columns))
      .execute()
  }

  async function write(
    transaction: Transaction<Schema>,
    organisation: string,
    id: string,
    { schedule, runs, takenBack, jobs }: ForecastScheduleChange,
  ): Promise<void> {
    if (schedule === null) {
      await transaction
        .deleteFrom("inlay_forecast_schedules")
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .execute()
    } else {
      await transaction
        .updateTable("inlay_forecast_schedules")
        .set({ schedule: JSON.stringify(schedule) })
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .execute()
    }
    for (const run of runs) await saveRun(transaction, run)
    if (takenBack !== undefined) {
      await transaction
        .deleteFrom("inlay_forecast_runs")
        .where("organisation", "=", organisation)
        .where("id", "=", takenBack)
        .execute()
    }
    if (jobs.length > 0) await insertJobs(transaction, jobs)
  }

  return {
    async addSchedule(schedule, run, job) {
      const { organisation, id, name } = schedule
      const isAdded = await kysely.transaction().execute(async (transaction) => {
        const added = await transaction
          .insertInto("inlay_forecast_schedules")
          .values({ organisation, id, name, schedule: JSON.stringify(schedule) })
          .onConflict((conflict) => conflict.doNothing())
          .returning("id")
          .execute()
        if (added.length === 0) return false
        await saveRun(transaction, run)
        await insertJobs(transaction, [job])
        return true
      })
      if (isAdded) wake()
      return isAdded
    },

    findSchedule: (organisation, id) => findSchedule(kysely, organisation, id),

    async listSchedules(organisation) {
      const rows = await kysely
        .selectFrom("inlay_forecast_schedules")
        .select("schedule")
        .where("organisation", "=", organisation)
        .orderBy("id")
        .execute()
      return rows.map(({ schedule }) => JSON.parse(schedule) as ForecastSchedule)
    },

    async changeSchedule(organisation, id, runId, change) {
      const changed = await kysely.transaction().execute(async (transaction) => {
        await engine.lock(transaction, `forecasts:${organisation}`)
        const schedule = await findSchedule(transaction, organisation, id)
        const run = runId === null ? null : await findRun(transaction, organisation, runId)
        const wanted = schedule === null && run === null ? null : change(schedule, run)
        if (wanted !== null) await write(transaction, organisation, id, wanted)
        return wanted
      })
      if (changed !== null && changed.jobs.length > 0) wake()
      return changed
    },

    findRun: (organisation, id) => findRun(kysely, organisation, id),

    async listRuns(organisation, scheduleId, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_forecast_runs")
        .select(["id", "run"])
        .where("organisation", "=", organisation)
        .where("schedule_id", "=", scheduleId)
        .$if(cursor !== undefined, (query) => query.where("id", "<", cursor ?? ""))
        .orderBy("id", "desc")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toRun, ({ id }) => id)
    },

    expireRuns: (endedBefore, limit) =>
      expireRows(kysely, "inlay_forecast_runs", { time: "ended_at", before: endedBefore, limit }),
  }
}

function toRun({ run }: { readonly run: string }): ForecastRun {
  return JSON.parse(run) as ForecastRun
}
