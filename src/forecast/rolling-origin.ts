import type { Method, Seasons } from "./methods/method.ts"
import { at } from "./numbers.ts"

/** Which ends of the history are forecast from, as if the rest had not come yet. */
export interface Trials {
  /** Ascending; methods learn from what is before the first. */
  readonly origins: readonly number[]
  /** How far each goes. */
  readonly horizon: number
}

const count = 10

/**
 * The trials for a history and a horizon: up to ten origins, half a horizon apart (more where the horizon is short), all in
 * the last three tenths of the history; none where it is too short for one.
 */
export function planTrials(length: number, horizon: number): Trials {
  const reach = Math.max(1, Math.min(horizon, Math.floor(length / 5)))
  const apart = Math.max(1, Math.round(reach / 2))
  const wanted = Math.max(count, Math.ceil(60 / reach))
  const fitting = 1 + Math.floor((0.3 * length - reach) / apart)
  const origins: number[] = []
  for (let back = Math.min(wanted, fitting) - 1; back >= 0; back--) origins.push(length - reach - back * apart)
  return { origins: length < 4 ? [] : origins, horizon: reach }
}

/** What a method would have said at each origin; undefined where it cannot learn from what is before the first. */
export function runTrials(
  method: Method,
  values: Float64Array,
  seasons: Seasons,
  { origins, horizon }: Trials,
): readonly Float64Array[] | undefined {
  const [first] = origins
  if (first === undefined || !canLearn(method, first, seasons)) return undefined
  const predict = method.fit(values.subarray(0, first), seasons)
  const paths = origins.map((origin) => predict(values, origin, horizon))
  return paths.every((path) => path.every(Number.isFinite)) ? paths : undefined
}

/** The mean absolute error of paths from their origins. */
export function meanError(paths: readonly Float64Array[], values: Float64Array, { origins, horizon }: Trials): number {
  let sum = 0
  origins.forEach((origin, index) => {
    const path = paths[index] as Float64Array
    for (let lead = 0; lead < horizon; lead++) sum += Math.abs(at(values, origin + lead) - at(path, lead))
  })
  return sum / (paths.length * horizon)
}

/** Whether a history of that length is enough for the method, and its seasons suit it. */
export function canLearn({ least, leastSeasons = 0, suits }: Method, length: number, seasons: Seasons): boolean {
  return length >= Math.max(least, leastSeasons * seasons.short) && (suits === undefined || suits(seasons))
}
