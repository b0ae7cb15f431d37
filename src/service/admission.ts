import { FunctionsError } from "../errors/functions-error.ts"
import type { ResolvedFunction } from "../registry/lookup.ts"
import { checkNumber } from "../util/check-number.ts"

/** How many calls of one function may be under way and wait. */
export interface AdmissionOptions {
  /**
   * Calls of one function that run or wait for an answer at once, where its configuration says no `concurrency`.
   * @default 1000
   */
  readonly concurrency?: number
  /**
   * Further calls of one function that may wait for one of these to end; more are refused with `FN_007`.
   * @default 10000
   */
  readonly maxQueued?: number
}

/** Lets calls through to the runtime: so many of each function at once, in the order in which they came. */
export interface Admission {
  /**
   * Takes a place for a call, which is to be given back by `leave`; a promise where the call has to wait for it.
   * `FN_007` where too many wait already or the call waited for its whole `timeout`, `FN_002` where its caller went away.
   */
  enter(resolved: AdmittedFunction, signal?: AbortSignal): Promise<void> | undefined
  /** Gives a place back; answers how many calls of the function had one until now. */
  leave(resolved: AdmittedFunction): number
}

/** What admission must know of a function. */
export type AdmittedFunction = Pick<ResolvedFunction, "functionId" | "name" | "concurrency" | "version">

interface Waiter {
  readonly resolved: AdmittedFunction
  readonly admit: () => void
}

/** The calls of one function. */
interface Line {
  underWay: number
  /** In the order in which they came. */
  readonly waiters: Set<Waiter>
}

/** Creates an admission. */
export function createAdmission(options: AdmissionOptions = {}): Admission {
  const { concurrency = 1000, maxQueued = 10_000 } = options
  checkNumber("admission.concurrency", concurrency, { least: 1, isWhole: true })
  checkNumber("admission.maxQueued", maxQueued, { least: 0, isWhole: true })
  const lines = new Map<string, Line>()
  const placesOf = (resolved: AdmittedFunction) => resolved.concurrency ?? concurrency

  function wait(line: Line, resolved: AdmittedFunction, signal: AbortSignal | undefined): Promise<void> {
    const { name, version } = resolved
    return new Promise((resolve, reject) => {
      const end = () => {
        line.waiters.delete(waiter)
        clearTimeout(timer)
        signal?.removeEventListener("abort", abort)
      }
      const waiter: Waiter = {
        resolved,
        admit: () => {
          end()
          resolve()
        },
      }
      const abort = () => {
        end()
        reject(
          new FunctionsError("FN_002", `Cannot run function "${name}": the caller ended the call while it waited.`),
        )
      }
      const timer = setTimeout(() => {
        end()
        const why = `the call waited ${version.timeoutMs} ms, its whole timeout, for one of ${placesOf(resolved)} places`
        reject(new FunctionsError("FN_007", `Cannot run function "${name}": ${why}.`, { retryAfterSeconds: 1 }))
      }, version.timeoutMs)
      timer.unref()
      signal?.addEventListener("abort", abort, { once: true })
      line.waiters.add(waiter)
    })
  }

  return {
    enter(resolved, signal) {
      const line = lines.get(resolved.functionId) ?? { underWay: 0, waiters: new Set() }
      lines.set(resolved.functionId, line)
      const places = placesOf(resolved)
      if (line.underWay < places && line.waiters.size === 0) {
        line.underWay++
        return undefined
      }
      if (signal?.aborted) {
        throw new FunctionsError("FN_002", `Cannot run function "${resolved.name}": the caller had ended the call.`)
      }
      if (line.waiters.size < maxQueued) return wait(line, resolved, signal)
      const why = `${places} of its calls are under way and ${line.waiters.size} wait already`
      throw new FunctionsError("FN_007", `Cannot run function "${resolved.name}": ${why}.`, { retryAfterSeconds: 1 })
    },

    leave({ functionId }) {
      const line = lines.get(functionId)
      if (!line) return 0
      const before = line.underWay--
      for (const waiter of line.waiters) {
        if (line.underWay >= placesOf(waiter.resolved)) break
        line.underWay++
        waiter.admit()
      }
      if (line.underWay === 0 && line.waiters.size === 0) lines.delete(functionId)
      return before
    },
  }
}
