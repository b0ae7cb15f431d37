import { FunctionsError } from "../errors/functions-error.ts"

/** An `FN_001` in the words of all of them. */
export function notFound(what: string, why: string): FunctionsError {
  return new FunctionsError("FN_001", `Cannot find ${what}: ${why}.`)
}
