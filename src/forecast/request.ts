import { FunctionsError } from "../errors/functions-error.ts"
import { checkKeys } from "../model/check-keys.ts"
import { isRecord } from "../util/is-record.ts"
import { fillGaps } from "./fill-gaps.ts"

/** The longest horizon, in points. */
export const maxHorizon = 720

/** How many points of the history are looked at, from its end. */
const maxHistory = 8192

/** How many intervals a forecast may have. */
export const maxLevels = 10

/** What to forecast, and how sure to be. */
export interface ForecastOptions {
  /**
   * After how many points the series repeats itself, such as 24 for hourly values.
   * @default 1, for values without a season
   */
  readonly seasonLength?: number
  /**
   * The levels of the intervals, in percent.
   * @default [80, 95]
   */
  readonly levels?: readonly number[]
  /**
   * The name of the backend. Where it cannot, others answer: `backend` of the answer names who did.
   * @default "combined"
   */
  readonly backend?: string
}

/** The values up to now, oldest first; `null` and `NaN` are gaps. */
export type History = ArrayLike<number | null>

/** What a backend is asked: all of it is checked, and the history has no gaps. */
export interface ForecastRequest {
  readonly history: readonly number[]
  readonly horizon: number
  readonly seasonLength: number
  readonly levels: readonly number[]
}

const known: { readonly [Key in keyof Required<ForecastOptions>]: true } = {
  ...{ seasonLength: true, levels: true, backend: true },
}

/** Reads a request. `FN_006` where a field cannot be, or is not known: it is named. `others` are what else there may be. */
export function readRequest(
  history: History,
  horizon: number,
  options: ForecastOptions,
  others: readonly string[] = [],
): ForecastRequest {
  if (!isRecord(options as unknown)) {
    throw refused("options", `it is ${shown(options)}, and must be an object, such as { seasonLength: 24 }`)
  }
  checkKeys("forecast", options, [...Object.keys(known), ...others])
  const { seasonLength = 1, levels = [80, 95] } = options
  if (!isWhole(horizon, 1, maxHorizon)) {
    throw refused("horizon", `it is ${shown(horizon)}, and must be a whole number of points from 1 to ${maxHorizon}`)
  }
  if (!isWhole(seasonLength, 1, Number.MAX_SAFE_INTEGER)) {
    throw refused("seasonLength", `it is ${shown(seasonLength)}, and must be a whole number of points, at least 1`)
  }
  return { history: readHistory(history, seasonLength), horizon, seasonLength, levels: readLevels(levels) }
}

function readHistory(history: History, seasonLength: number): readonly number[] {
  if (typeof history !== "object" || history === null || !isWhole(history.length, 0, Number.MAX_SAFE_INTEGER)) {
    throw refused("history", `it is ${shown(history)}, and must be an array of numbers`)
  }
  const values = Array.from(history).slice(-maxHistory)
  const first = history.length - values.length
  values.forEach((value, index) => {
    if (value === null || (typeof value === "number" && !(Math.abs(value) === Number.POSITIVE_INFINITY))) return
    throw refused(`history[${first + index}]`, `it is ${shown(value)}, and must be a number, or null for a gap`)
  })
  const filled = fillGaps(values, seasonLength)
  if (filled.length === 0) throw refused("history", "it has no values, and must have at least one")
  return filled
}

function readLevels(levels: readonly number[]): readonly number[] {
  if (!Array.isArray(levels) || levels.length > maxLevels) {
    throw refused("levels", `it must be an array of at most ${maxLevels} percentages, such as [80, 95]`)
  }
  levels.forEach((level, index) => {
    if (typeof level === "number" && level > 0 && level < 100) return
    throw refused(`levels[${index}]`, `it is ${shown(level)}, and must be a percentage above 0 and below 100`)
  })
  return levels
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
}

function shown(value: unknown): string {
  if (typeof value === "string") return `"${value.slice(0, 40)}"`
  return typeof value === "object" && value !== null ? "an object" : String(value)
}

function refused(field: string, problem: string): FunctionsError {
  const message = `Cannot forecast: ${field}: ${problem}.`
  return new FunctionsError("FN_006", message, { issues: [{ path: field, message: problem }] })
}
