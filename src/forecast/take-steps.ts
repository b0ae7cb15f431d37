/** What is done in steps, so that whoever takes them may see to something else meanwhile. */
export type Steps<Result> = Generator<undefined, Result>

/** For so long steps may hold up everything else, in milliseconds. */
const maxHoldMs = 5

/** Takes all steps at once. */
export function takeSteps<Result>(steps: Steps<Result>): Result {
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

/** Takes steps, and lets the event loop turn between them; ends with the signal's reason where that comes first. */
export async function takeStepsInTurns<Result>(steps: Steps<Result>, signal?: AbortSignal): Promise<Result> {
  let heldSince = performance.now()
  let step = steps.next()
  while (!step.done) {
    if (performance.now() - heldSince > maxHoldMs) {
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
      heldSince = performance.now()
    }
    step = steps.next()
  }
  return step.value
}
