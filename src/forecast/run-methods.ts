import { type Alternative, chooseAlternative } from "./alternatives/alternative.ts"
import type { Outlook } from "./backend.ts"
import { weightedMedian, weightsOf } from "./combine.ts"
import { halfWidths, type Interval } from "./intervals.ts"
import type { Method, Seasons } from "./methods/method.ts"
import { at } from "./numbers.ts"
import type { ForecastRequest } from "./request.ts"
import { canLearn, meanError, planTrials, runTrials, type Trials } from "./rolling-origin.ts"
import { findSeasons } from "./seasons.ts"
import type { Steps } from "./take-steps.ts"

/** The methods that answer together, how much each counts, and by how much they erred. */
interface Panel {
  readonly methods: readonly Method[]
  readonly weights: Float64Array
  readonly errors: readonly Float64Array[]
  /** What erred less than what they say together. */
  readonly alternative?: Alternative
}

/**
 * Forecasts by methods together: those that erred less, had they forecast the end of the history, count for more. Where the
 * history is too short for such trials, the first that can learn from it answers. One of them MUST be able to learn from any.
 * An alternative takes the place of what they say together where it erred less in the trials.
 */
export function* runMethods(
  methods: readonly Method[],
  alternatives: readonly Alternative[],
  request: ForecastRequest,
): Steps<Outlook> {
  const { horizon, levels } = request
  const { values, unit } = toUnit(request.history)
  const seasons = findSeasons(values, request.seasonLength)
  const panel = (yield* callPanel(methods, alternatives, values, seasons, horizon)) ?? standIn(methods, values, seasons)
  const paths: Float64Array[] = []
  for (const method of panel.methods) {
    paths.push(method.fit(values, seasons)(values, values.length, horizon))
    yield
  }
  const kept = paths
    .map((path, index) => ({ path, weight: at(panel.weights, index) }))
    .filter(({ path }) => areFinite(path))
  const together = weightedMedian(
    kept.map((one) => one.path),
    Float64Array.from(kept, (one) => one.weight),
  )
  const path = panel.alternative?.(together, values, values.length, seasons) ?? together
  const least = values.every((value) => value >= 0) ? 0 : Number.NEGATIVE_INFINITY
  const toValue = (value: number) => withinNumbers(Math.max(least, value) * unit)
  const intervals: Record<number, Interval> = {}
  for (const level of levels) {
    const widths = halfWidths(panel.errors, horizon, level)
    intervals[level] = {
      lower: Array.from(path, (value, lead) => toValue(value - at(widths, lead))),
      upper: Array.from(path, (value, lead) => toValue(value + at(widths, lead))),
    }
  }
  return { mean: Array.from(path, toValue), intervals }
}

/** Those whose trials went well; undefined where there are none. */
function* callPanel(
  candidates: readonly Method[],
  alternatives: readonly Alternative[],
  values: Float64Array,
  seasons: Seasons,
  horizon: number,
): Steps<Panel | undefined> {
  const trials = planTrials(values.length, horizon)
  const tried: { readonly method: Method; readonly paths: readonly Float64Array[] }[] = []
  for (const method of candidates) {
    const paths = runTrials(method, values, seasons, trials)
    if (paths) tried.push({ method, paths })
    yield
  }
  if (tried.length === 0) return undefined
  const weights = weightsOf(tried.map(({ paths }) => meanError(paths, values, trials)))
  const together = trials.origins.map((_, trial) => {
    const paths = tried.map(({ paths }) => paths[trial] as Float64Array)
    return weightedMedian(paths, weights)
  })
  const chosen = yield* chooseAlternative(alternatives, together, values, seasons, trials)
  const errors = errorsOf(chosen.paths, values, trials)
  const panel = { methods: tried.map(({ method }) => method), weights, errors }
  return chosen.alternative ? { ...panel, alternative: chosen.alternative } : panel
}

function errorsOf(paths: readonly Float64Array[], values: Float64Array, { origins }: Trials): readonly Float64Array[] {
  return origins.map((origin, trial) =>
    (paths[trial] as Float64Array).map((value, lead) => at(values, origin + lead) - value),
  )
}

/** The first that can learn from the values; it errs by as much as they change from one to the next. */
function standIn(methods: readonly Method[], values: Float64Array, seasons: Seasons): Panel {
  const [method] = methods.filter((candidate) => canLearn(candidate, values.length, seasons))
  const steps = Array.from(values.subarray(1), (value, index) => Float64Array.of(value - at(values, index)))
  return { methods: method ? [method] : [], weights: Float64Array.of(1), errors: steps }
}

/** Values of about one, and what they are multiples of: a power of two, so that nothing is rounded, and squares stay finite. */
function toUnit(history: readonly number[]): { readonly values: Float64Array; readonly unit: number } {
  const largest = history.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const unit = largest > 0 ? 2 ** Math.max(-1000, Math.min(1000, Math.floor(Math.log2(largest)))) : 1
  return { values: Float64Array.from(history, (value) => value / unit), unit }
}

function areFinite(path: Float64Array): boolean {
  return path.every(Number.isFinite)
}

function withinNumbers(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value))
}
