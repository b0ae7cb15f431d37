import { FunctionsError } from "../errors/functions-error.ts"

const minuteMs = 60_000

/** How much CPU time each organisation has used in the present minute of the clock. */
export interface CpuBudget {
  /** Throws `FN_007` until the minute ends where the organisation has used all that it may. */
  check(organisation: string): void
  /** A call has used this much. */
  charge(organisation: string, cpuMs: number): void
}

/** Creates the budget of all organisations; without a limit it lets everything pass. */
export function createCpuBudget(options: { readonly msPerMinute?: number; readonly now: () => number }): CpuBudget {
  const { msPerMinute = Number.POSITIVE_INFINITY, now } = options
  if (!(msPerMinute > 0)) {
    throw new RangeError(`Cannot open the service with cpuMsPerMinute ${msPerMinute}: it must be more than 0.`)
  }
  const used = new Map<string, number>()
  let minute = 0

  function turn(): void {
    const present = Math.floor(now() / minuteMs)
    if (present === minute) return
    minute = present
    used.clear()
  }

  return {
    check(organisation) {
      if (msPerMinute === Number.POSITIVE_INFINITY) return
      turn()
      if ((used.get(organisation) ?? 0) < msPerMinute) return
      const retryAfterSeconds = Math.max(1, Math.ceil(((minute + 1) * minuteMs - now()) / 1000))
      const why = `its organisation has used the ${msPerMinute} ms of CPU time that it may use in a minute`
      throw new FunctionsError("FN_007", `Cannot run a function for another ${retryAfterSeconds} s: ${why}.`, {
        retryAfterSeconds,
      })
    },
    charge(organisation, cpuMs) {
      if (msPerMinute === Number.POSITIVE_INFINITY) return
      turn()
      used.set(organisation, (used.get(organisation) ?? 0) + cpuMs)
    },
  }
}
