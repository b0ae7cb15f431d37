import { FunctionsError } from "../../errors/functions-error.ts"
import { notFound } from "../../errors/not-found.ts"
import type { Tell } from "../../model/facts.ts"
import type {
  ForecastAccuracy,
  ForecastEvaluation,
  ForecastFilter,
  ForecastInput,
  ForecastSummary,
  SeriesForecast,
} from "../../model/forecast.ts"
import { invalid } from "../../model/invalid.ts"
import type { TimeRange } from "../../model/metrics.ts"
import type { Page, PageRequest } from "../../model/page.ts"
import type { ForecastStore, StoredForecastFilter } from "../../ports/forecast-storage.ts"
import { checkNumber } from "../../util/check-number.ts"
import type { BackendDescription, ForecastBackend } from "../backend.ts"
import { createForecaster, type Forecaster } from "../create-forecaster.ts"
import { toAccuracy } from "./accuracy.ts"
import { evaluateDue, evaluateSteps } from "./evaluate.ts"
import { type ForecastPurpose, type MakingOptions, makeForecast } from "./make-forecast.ts"
import { forecastInputSchema, forecasting, parseInput, scheduling } from "./parse-input.ts"
import type { ReadCron } from "./rhythm.ts"
import { createRunJobs, type RunJobOptions, type RunJobs } from "./run-job.ts"
import type { RunMaking } from "./runs.ts"
import { createSchedules, type ForecastSchedules } from "./schedules.ts"

/** Forecasts of what was measured, as the host sets them up. */
export interface ForecastsOptions {
  /** Beside the built-in ones, which stand in for them. */
  readonly backends?: readonly ForecastBackend[]
  /** Who answers where nobody is named. @default "combined" */
  readonly defaultBackend?: string
  /** How long a backend of the host's may take, in milliseconds; then a built-in one answers. @default 30000 */
  readonly timeoutMs?: number
  /** For how many milliseconds forecasts and runs are kept. @default 7776000000: 90 days */
  readonly keepMs?: number
}

/** What forecasts need from the rest of the service. */
export interface CreateForecastsOptions
  extends Omit<MakingOptions, "forecaster">,
    RunMaking,
    Pick<RunJobOptions, "random" | "onError"> {
  readonly settings?: ForecastsOptions | undefined
  readonly store: ForecastStore
  readonly readCron: ReadCron
  readonly tell: Tell
}

/** What comes next of what was measured. `FN_001` where there is no forecast of an id. */
export interface Forecasts extends RunJobs {
  /** `FN_001` for a series that is not there, `FN_006` for what cannot be asked, or of which too little is known. */
  make(organisation: string, input: ForecastInput): Promise<SeriesForecast>
  get(organisation: string, id: string): Promise<SeriesForecast>
  list(organisation: string, filter: ForecastFilter, page: PageRequest): Promise<Page<ForecastSummary>>
  backends(): readonly BackendDescription[]
  /** By the same backends, of values that are not kept. */
  readonly forecaster: Forecaster
  /** Against what came until now. `FN_006` where none of its steps is over, or nothing came. */
  evaluate(organisation: string, id: string): Promise<ForecastEvaluation>
  /** Of forecasts that are over, by when they were made. */
  accuracy(organisation: string, filter: ForecastFilter, made: TimeRange): Promise<readonly ForecastAccuracy[]>
  readonly schedules: ForecastSchedules
  /** Holds what is over against what came, and removes what is old. */
  readonly upkeep: readonly ((now: number, limit: number) => Promise<number>)[]
}

const defaultKeepMs = 90 * 86_400_000
const defaultTimeoutMs = 30_000
const pageSize = 500
/** What others have left is done now and then, without anybody waiting for it. */
const evaluatedAtOnce = 100
/** So many forecasts make an accuracy, the newest ones. */
const maxJudged = 10_000

/** Creates them. */
export function createForecasts(options: CreateForecastsOptions): Forecasts {
  const { settings = {}, store, findFunction, now, newId, tell, onError } = options
  const { keepMs = defaultKeepMs, timeoutMs = defaultTimeoutMs, ...backends } = settings
  checkNumber("forecasts.keepMs", keepMs, { above: 0 })
  const forecaster = createForecaster({
    ...backends,
    timeoutMs,
    onError: (error) => onError(error, { stage: "forecasts" }),
  })
  const making = { ...options, forecaster }

  async function makeAndKeep(purpose: ForecastPurpose, input: ForecastInput, signal?: AbortSignal) {
    const made = await makeForecast(making, purpose, input, signal)
    await store.insert(made)
    tell("forecast.made", made)
    return made
  }

  async function get(organisation: string, id: string): Promise<SeriesForecast> {
    const found = await store.find(organisation, id)
    if (!found) throw notFound("forecast", id)
    return found
  }

  async function toStored(organisation: string, filter: ForecastFilter): Promise<StoredForecastFilter> {
    const { function: name, schedule, ...rest } = filter
    const functionId = name === undefined ? undefined : await findFunction(organisation, name)
    return {
      ...rest,
      ...(functionId !== undefined && { functionId }),
      ...(schedule !== undefined && { scheduleId: schedule }),
    }
  }

  const jobs = createRunJobs({
    ...options,
    async make(purpose, input, signal) {
      // A try that did not come to its end may have made it.
      if (!(await store.find(purpose.organisation, purpose.id))) await makeAndKeep(purpose, input, signal)
    },
  })

  return {
    ...jobs,
    async make(organisation, input) {
      const asked = parseInput(forecastInputSchema, forecasting, input)
      return await makeAndKeep({ organisation, id: newId(now()), scheduleId: null }, asked)
    },
    get,
    list: async (organisation, filter, page) => store.list(organisation, await toStored(organisation, filter), page),
    backends: forecaster.backends,
    forecaster,
    async evaluate(organisation, id) {
      const found = await get(organisation, id)
      const evaluation = found.evaluation ?? (await evaluateSteps(making, found))
      if (evaluation !== null) return evaluation
      const first = found.points[1]?.at ?? found.endsAt
      const message =
        first > now() ? `its first step is over at ${new Date(first).toISOString()}` : "nothing came to compare it with"
      throw invalid("evaluate the forecast", [{ path: "id", message }])
    },
    async accuracy(organisation, filter, made) {
      await evaluateDue({ ...making, store }, evaluatedAtOnce)
      const stored = { ...(await toStored(organisation, filter)), evaluated: true, made } as const
      const found: ForecastSummary[] = []
      for (let cursor: string | null | undefined; cursor !== null && found.length < maxJudged; ) {
        const page = await store.list(organisation, stored, { limit: pageSize, ...(cursor && { cursor }) })
        found.push(...page.items)
        cursor = page.next
      }
      return toAccuracy(found)
    },
    schedules: createSchedules({
      ...options,
      async checkInput(organisation, { function: name, backend }) {
        if (backend !== undefined && !forecaster.backends().some((one) => one.name === backend)) {
          throw invalid(scheduling, [{ path: "backend", message: `there is no backend "${backend}"` }])
        }
        if (name === undefined) return
        await findFunction(organisation, name).catch((error) => {
          if (!(error instanceof FunctionsError) || error.code !== "FN_001") throw error
          throw invalid(scheduling, [{ path: "function", message: error.message }])
        })
      },
    }),
    upkeep: [
      (_, limit) => evaluateDue({ ...making, store }, limit),
      (at, limit) => store.expire(at - keepMs, limit),
      (at, limit) => store.expireRuns(at - keepMs, limit),
    ],
  }
}
