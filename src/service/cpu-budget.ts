import { FunctionsError } from "../errors/functions-error.ts"
import type { CpuAccount } from "../ports/runtime.ts"
import { checkNumber } from "../util/check-number.ts"

const minuteMs = 60_000

/** How much CPU time each organisation has used in the present minute of the clock. */
export interface CpuBudget {
  /** Throws `FN_007` until the minute ends where the organisation has used all that it may. */
  check(organisation: string): void
  /** The account of one call; undefined where there is no limit. */
  open(organisation: string): CallAccount | undefined
}

/** What one call takes of the budget. */
export interface CallAccount extends CpuAccount {
  /** Seconds until there is time again; 0 where there is some. */
  waitSeconds(): number
  /** The call has ended, and used this much in all: charges what it was not charged for on its way. */
  close(cpuMs: number): void
}

/** Creates the budget of all organisations; without a limit it lets everything pass. */
export function createCpuBudget(options: { readonly msPerMinute?: number; readonly now: () => number }): CpuBudget {
  const { msPerMinute = Number.POSITIVE_INFINITY, now } = options
  checkNumber("sandbox.cpuMsPerMinute", msPerMinute, { above: 0 })
  const used = new Map<string, number>()
  let minute = 0

  function turn(): void {
    const present = Math.floor(now() / minuteMs)
    if (present === minute) return
    minute = present
    used.clear()
  }

  /** Seconds until there is time again; 0 where there is some. */
  function waitOf(organisation: string): number {
    if (msPerMinute === Number.POSITIVE_INFINITY) return 0
    turn()
    if ((used.get(organisation) ?? 0) < msPerMinute) return 0
    return Math.max(1, Math.ceil(((minute + 1) * minuteMs - now()) / 1000))
  }

  function explain(seconds: number): string {
    const why = `its organisation has used the ${msPerMinute} ms of CPU time that it may use in a minute`
    return `Cannot run a function for another ${seconds} s: ${why}.`
  }

  return {
    check(organisation) {
      const retryAfterSeconds = waitOf(organisation)
      if (retryAfterSeconds > 0) throw new FunctionsError("FN_007", explain(retryAfterSeconds), { retryAfterSeconds })
    },
    open(organisation) {
      if (msPerMinute === Number.POSITIVE_INFINITY) return undefined
      let charged = 0
      const charge = (cpuMs: number) => {
        turn()
        charged += cpuMs
        used.set(organisation, (used.get(organisation) ?? 0) + cpuMs)
      }
      return {
        charge,
        waitSeconds: () => waitOf(organisation),
        refusal() {
          const seconds = waitOf(organisation)
          return seconds > 0 ? explain(seconds) : undefined
        },
        close: (cpuMs) => charge(Math.max(0, cpuMs - charged)),
      }
    },
  }
}
