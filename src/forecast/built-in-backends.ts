import type { Alternative } from "./alternatives/alternative.ts"
import { hoursAlike } from "./alternatives/hours-alike.ts"
import { usualValue } from "./alternatives/usual-value.ts"
import type { ForecastBackend, Outlook } from "./backend.ts"
import { autoregression } from "./methods/autoregression.ts"
import { exponentialSmoothing } from "./methods/exponential-smoothing.ts"
import { hourlyPattern } from "./methods/hourly-pattern.ts"
import { levelledProfile } from "./methods/levelled-profile.ts"
import type { Method } from "./methods/method.ts"
import { recentLevel } from "./methods/recent-level.ts"
import { seasonalNaive, seasonalProfile } from "./methods/seasonal-naive.ts"
import { type ForecastRequest, maxHorizon } from "./request.ts"
import { runMethods } from "./run-methods.ts"
import { takeSteps, takeStepsInTurns } from "./take-steps.ts"

/** A backend that computes in this process, and so answers at once. */
export interface LocalBackend extends ForecastBackend {
  readonly forecast: (request: ForecastRequest) => Outlook
  /** The same, a little at a time: it does not hold up the event loop. */
  readonly forecastInTurns: (request: ForecastRequest, signal?: AbortSignal) => Promise<Outlook>
}

const combination: readonly Method[] = [
  autoregression("autoregression", { scale: "logarithm", change: "none", ridge: 0.1 }),
  autoregression("autoregression-of-seasons", { scale: "logarithm", change: "season", ridge: 0.3 }),
  autoregression("autoregression-of-steps", { scale: "logarithm", change: "step", means: true, ridge: 0.3 }),
  autoregression("autoregression-with-spikes", { scale: "arcsinh", change: "none", means: true, ridge: 0.3 }),
  exponentialSmoothing,
  seasonalProfile,
  seasonalNaive,
  levelledProfile("levelled-profile", 1),
  levelledProfile("half-levelled-profile", 0.5),
  hourlyPattern,
  recentLevel("level", 288),
  recentLevel("alternating-level", 48, 2),
]

/** Those that come with Inlay, in the order in which they stand in for one another. */
export const builtInBackends: readonly LocalBackend[] = [
  backendOf("combined", 12, combination, [hoursAlike, usualValue]),
  backendOf("exponential-smoothing", 4, [exponentialSmoothing]),
  backendOf("seasonal-naive", 1, [seasonalNaive]),
]

function backendOf(
  name: string,
  minimumHistory: number,
  methods: readonly Method[],
  alternatives: readonly Alternative[] = [],
): LocalBackend {
  return {
    name,
    capabilities: { minimumHistory, maximumHorizon: maxHorizon, seasonal: true, remote: false },
    forecast: (request) => takeSteps(runMethods(methods, alternatives, request)),
    forecastInTurns: (request, signal) => takeStepsInTurns(runMethods(methods, alternatives, request), signal),
  }
}
