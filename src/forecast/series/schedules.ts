import { notFound } from "../../errors/not-found.ts"
import type { ForecastInput } from "../../model/forecast.ts"
import type { ForecastRun, ForecastSchedule, ForecastScheduleInput } from "../../model/forecast-schedule.ts"
import { invalid } from "../../model/invalid.ts"
import type { Page, PageRequest } from "../../model/page.ts"
import type { ForecastScheduleChange, ForecastStore } from "../../ports/forecast-storage.ts"
import { forecastScheduleSchema, parseInput, scheduling } from "./parse-input.ts"
import { type ReadCron, toRhythm } from "./rhythm.ts"
import { planRun, type RunMaking, toJob } from "./runs.ts"

/** What schedules need. */
export interface SchedulesOptions extends RunMaking {
  readonly store: ForecastStore
  readonly readCron: ReadCron
  /** `FN_006` where the request names what is not there. */
  readonly checkInput: (organisation: string, input: ForecastInput) => Promise<void>
}

/** Forecasts that are made again and again. `FN_001` where there is no schedule or run of an id. */
export interface ForecastSchedules {
  /** `FN_006` where it is not valid, or its name is taken. */
  create(organisation: string, input: ForecastScheduleInput): Promise<ForecastSchedule>
  list(organisation: string): Promise<readonly ForecastSchedule[]>
  get(organisation: string, id: string): Promise<ForecastSchedule>
  /** A run that is under way goes on. */
  pause(organisation: string, id: string): Promise<ForecastSchedule>
  resume(organisation: string, id: string): Promise<ForecastSchedule>
  /** Its runs and forecasts stay until they are old. */
  remove(organisation: string, id: string): Promise<void>
  listRuns(organisation: string, id: string, page: PageRequest): Promise<Page<ForecastRun>>
  /** `FN_006` where the run has not failed. */
  retry(organisation: string, id: string, runId: string): Promise<ForecastRun>
}

const maxSchedules = 200

/** Creates them. */
export function createSchedules(options: SchedulesOptions): ForecastSchedules {
  const { store, readCron, checkInput, now, newId } = options

  async function get(organisation: string, id: string): Promise<ForecastSchedule> {
    const schedule = await store.findSchedule(organisation, id)
    if (!schedule) throw notFound("forecast schedule", id)
    return schedule
  }

  async function change(
    organisation: string,
    id: string,
    how: (schedule: ForecastSchedule) => ForecastScheduleChange | null,
  ): Promise<ForecastSchedule> {
    const changed = await store.changeSchedule(organisation, id, null, (schedule) => schedule && how(schedule))
    return changed?.schedule ?? (await get(organisation, id))
  }

  function plan(schedule: ForecastSchedule): ReturnType<typeof planRun> {
    const at = now()
    return planRun(options, schedule, toRhythm(schedule.every, readCron, at).next(at))
  }

  return {
    async create(organisation, input) {
      const { name, every, ...request } = parseInput(forecastScheduleSchema, scheduling, input)
      await checkInput(organisation, request)
      if ((await store.listSchedules(organisation)).length >= maxSchedules) {
        throw invalid(scheduling, [{ path: "", message: `an organisation has at most ${maxSchedules} schedules` }])
      }
      const at = now()
      const nothingYet = { status: "active", nextRunId: null, nextAt: null } as const
      const times = { createdAt: at, updatedAt: at }
      const { schedule, run, job } = plan({
        organisation,
        id: newId(at),
        name,
        every,
        request,
        ...nothingYet,
        ...times,
      })
      if (await store.addSchedule(schedule, run, job)) return schedule
      throw invalid(scheduling, [{ path: "name", message: `"${name}" is taken` }])
    },
    list: (organisation) => store.listSchedules(organisation),
    get,
    pause: (organisation, id) =>
      change(organisation, id, (schedule) =>
        schedule.status === "paused"
          ? null
          : {
              schedule: { ...schedule, status: "paused", nextRunId: null, nextAt: null, updatedAt: now() },
              runs: [],
              takenBack: schedule.nextRunId ?? undefined,
              jobs: [],
            },
      ),
    resume: (organisation, id) =>
      change(organisation, id, (paused) => {
        if (paused.status === "active") return null
        const { schedule, run, job } = plan({ ...paused, status: "active", updatedAt: now() })
        return { schedule, runs: [run], jobs: [job] }
      }),
    async remove(organisation, id) {
      const removed = await store.changeSchedule(
        organisation,
        id,
        null,
        (schedule) => schedule && { schedule: null, runs: [], takenBack: schedule.nextRunId ?? undefined, jobs: [] },
      )
      if (!removed) throw notFound("forecast schedule", id)
    },
    async listRuns(organisation, id, page) {
      const runs = await store.listRuns(organisation, id, page)
      // Those of a removed schedule are still told.
      if (runs.items.length === 0 && page.cursor === undefined) await get(organisation, id)
      return runs
    },
    async retry(organisation, id, runId) {
      const schedule = await get(organisation, id)
      const changed = await store.changeSchedule(organisation, id, runId, (present, run) => {
        if (!run || run.scheduleId !== id || run.status !== "failed") return null
        const again: ForecastRun = { ...run, status: "pending", startedAt: null, endedAt: null }
        return { schedule: present, runs: [again], jobs: [toJob(options, schedule, again, now())] }
      })
      const [again] = changed?.runs ?? []
      if (again) return again
      const run = await store.findRun(organisation, runId)
      if (run?.scheduleId !== id) throw notFound("run of this forecast schedule", runId)
      const message = `is ${run.status}: only what has failed is tried again`
      throw invalid("try the run again", [{ path: "run", message }])
    },
  }
}
