import { FunctionsError } from "./functions-error.ts"

/** No id and no reference is longer; what somebody sends may be. */
const maxShown = 140

/** `FN_001`: the organisation has no such thing of this name or id. */
export function notFound(thing: string, name: string): FunctionsError {
  return new FunctionsError("FN_001", `Cannot find ${thing} "${String(name).slice(0, maxShown)}": there is none.`)
}
