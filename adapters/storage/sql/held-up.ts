import { FunctionsError } from "../../../src/errors/functions-error.ts"

/** What is thrown where a transaction of somebody else stays open for so long that nobody waits any more. */
export function heldUp(cannot: string, by: string, ms: number, cause: unknown): FunctionsError {
  const message = `Cannot ${cannot}: for ${ms / 1000} seconds a transaction has been open that ${by}; end it, and try again.`
  return new FunctionsError("FN_007", message, { retryAfterSeconds: 1, cause })
}
