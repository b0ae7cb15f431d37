import type { ForecastFallback } from "../model/forecast.ts"
import type { Intervals } from "./intervals.ts"
import type { ForecastRequest } from "./request.ts"

/** What a backend can do, for those who choose one. */
export interface ForecastCapabilities {
  /** How many points of history it needs, without gaps. */
  readonly minimumHistory: number
  /** How many points ahead it goes at most; no backend is asked for more than 720. */
  readonly maximumHorizon: number
  /** Whether it makes use of `seasonLength`. */
  readonly seasonal: boolean
  /** Whether the history leaves the process. */
  readonly remote: boolean
}

/** A forecast without the name of who made it. */
export interface Outlook {
  /** The most likely value of each point. */
  readonly mean: readonly number[]
  /** For each level that was asked for. */
  readonly intervals: Intervals
}

/**
 * What makes forecasts. A host's own may ask a service elsewhere. It MUST answer `horizon` finite numbers, and as many
 * bounds for each of `levels`, and MUST throw where it cannot; it MUST NOT change the request.
 */
export interface ForecastBackend {
  readonly name: string
  readonly capabilities: ForecastCapabilities
  /** `signal` tells that nobody waits for the answer any more. */
  readonly forecast: (request: ForecastRequest, signal?: AbortSignal) => Outlook | Promise<Outlook>
}

/** A backend as it is listed. */
export interface BackendDescription extends ForecastCapabilities {
  readonly name: string
}

/** What comes next, by the backend that is named. */
export interface Forecast extends Outlook {
  readonly backend: string
  /** The backends that were asked before and could not, in order; empty as a rule. */
  readonly fallbacks: readonly ForecastFallback[]
}
