import { invalid } from "../../model/invalid.ts"
import { scheduling } from "./parse-input.ts"

/** The instants of a cron expression in UTC. */
export interface Rhythm {
  /** The first instant after this one. */
  next(after: number): number
}

/** Reads a cron expression; throws a `SyntaxError` that says what it must be. */
export type ReadCron = (expression: string) => Rhythm

/** Words for expressions: when other processes have written down the hour that is over, too. */
const words: Readonly<Record<string, string>> = { hourly: "2 * * * *", daily: "2 0 * * *" }

const leastMs = 60_000

/** How many instants are looked at to find how close they come. */
const looked = 60

/** When a schedule has forecasts made; `FN_006` where it says no times, or comes more than once a minute. */
export function toRhythm(every: string, readCron: ReadCron, after: number): Rhythm {
  let rhythm: Rhythm
  try {
    rhythm = readCron(words[every] ?? every)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw refused(`must be "hourly", "daily" or a cron expression: it ${error.message}`)
  }
  let last = rhythm.next(after)
  for (let count = 0; count < looked; count++) {
    const following = rhythm.next(last)
    if (following - last < leastMs) throw refused("must not come more than once a minute")
    last = following
  }
  return rhythm
}

function refused(message: string): Error {
  return invalid(scheduling, [{ path: "every", message }])
}
