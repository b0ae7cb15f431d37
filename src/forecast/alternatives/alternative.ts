import type { Seasons } from "../methods/method.ts"
import { meanError, type Trials } from "../rolling-origin.ts"
import type { Steps } from "../take-steps.ts"

/** Another path than the one that methods say together from an origin; undefined where there is none. */
export type Alternative = (
  path: Float64Array,
  values: Float64Array,
  origin: number,
  seasons: Seasons,
) => Float64Array | undefined

/** By less than this share of the error, rounding would decide. */
const same = 1e-9

/** Paths from the origins of trials, and what made them other than they were. */
interface Choice {
  readonly paths: readonly Float64Array[]
  readonly alternative?: Alternative
}

/** The alternative that erred least in the trials, with what it would have said; the paths themselves where none erred less. */
export function* chooseAlternative(
  alternatives: readonly Alternative[],
  paths: readonly Float64Array[],
  values: Float64Array,
  seasons: Seasons,
  trials: Trials,
): Steps<Choice> {
  let best: Choice = { paths }
  let error = alternatives.length > 0 ? meanError(paths, values, trials) : 0
  for (const alternative of alternatives) {
    const other: Float64Array[] = []
    for (const [trial, path] of paths.entries()) {
      other.push(alternative(path, values, trials.origins[trial] as number, seasons) ?? path)
      yield
    }
    const found = meanError(other, values, trials)
    if (!(found < error * (1 - same))) continue
    best = { paths: other, alternative }
    error = found
  }
  return best
}
