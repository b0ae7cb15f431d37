import type { StepContext, StepOutcome } from "./step-execution.ts"
import { nothing, type StepValue } from "./step-value.ts"

type Stopped = Exclude<StepOutcome, { readonly state: "done" }>
type Suspended = Extract<StepOutcome, { readonly state: "suspended" }>

/** Ways that are gone side by side: the first failure ends the others, and is the failure of all. */
export interface Ways {
  /** What the ways run in. */
  readonly context: StepContext
  /**
   * Goes a way, and takes down what it came to; gives its value, undefined where it has none. After a fault of the service
   * no further way begins, and those under way end: the run must not be taken up again beside them.
   */
  go(way: () => Promise<StepOutcome>): Promise<StepValue | undefined>
  hasFailed(): boolean
  /** The failure of all, or that they wait; undefined where all are done. Throws the fault where there was one. */
  stopped(): Stopped | undefined
}

/** Begins ways. */
export function createWays(context: StepContext): Ways {
  const controller = new AbortController()
  const { signal: outer } = context
  let failure: Extract<StepOutcome, { readonly state: "failed" }> | undefined
  let suspended: Suspended | undefined
  let fault: { readonly error: unknown } | undefined

  function settle(outcome: StepOutcome): StepValue | undefined {
    if (outcome.state === "done") return outcome.value
    if (outcome.state === "suspended") suspended = { state: "suspended", wakeAt: sooner(suspended, outcome) }
    else {
      failure ??= outcome
      controller.abort(failure.error)
    }
    return undefined
  }

  return {
    context: { ...context, signal: outer ? AbortSignal.any([outer, controller.signal]) : controller.signal },
    async go(way) {
      if (fault) return undefined
      try {
        return settle(await way())
      } catch (error) {
        fault ??= { error }
        return undefined
      }
    },
    hasFailed: () => failure !== undefined,
    stopped() {
      if (fault) throw fault.error
      return failure ?? suspended
    },
  }
}

/** Goes ways of the same form, so many at once; `path` is that of the step that holds them. */
export async function runTogether(
  names: readonly (string | number)[],
  concurrency: number,
  context: StepContext,
  path: string,
  run: (index: number, context: StepContext, path: string) => Promise<StepOutcome>,
): Promise<Stopped | { readonly values: readonly StepValue[] }> {
  const ways = createWays(context)
  const values: StepValue[] = Array.from(names, () => nothing)
  let next = 0
  const work = async () => {
    while (next < names.length) {
      const index = next++
      const place = `${path}.${names[index]}`
      // What was done before the failure is gone through all the same: it may have to be undone.
      if (ways.hasFailed() && !context.journal.hadBegun(place)) continue
      values[index] = (await ways.go(() => run(index, ways.context, place))) ?? nothing
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, names.length) }, work))
  return ways.stopped() ?? { values }
}

function sooner(one: Suspended | undefined, other: Suspended): number | null {
  if (!one || one.wakeAt === null) return other.wakeAt
  return other.wakeAt === null ? one.wakeAt : Math.min(one.wakeAt, other.wakeAt)
}
