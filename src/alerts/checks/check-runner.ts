import type { AlertCheck, AlertStore } from "../../ports/alert-storage.ts"
import type { WakeAfter } from "../../util/wake-after.ts"

/** Has checks be done when they are due, each by one process. */
export interface CheckRunner {
  start(): void
  /** They are due at `dueAt` at the latest. */
  wake(checks: readonly AlertCheck[], dueAt: number): Promise<void>
  /** Resolves once none is under way. */
  stop(): Promise<void>
}

/** Options of `createCheckRunner`. */
export interface CheckRunnerOptions {
  readonly store: Pick<AlertStore, "wakeChecks" | "takeChecks" | "settleCheck">
  /** Does one; answers when it is due next, or null where that is to be said by `wake`. What it throws has it done again. */
  readonly perform: (check: AlertCheck) => Promise<number | null>
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  /** How often to look for checks that other processes have woken. */
  readonly pollMs: number
  readonly onError: (error: unknown, context: { readonly stage: "alerts" }) => void
}

const atOnce = 10
/** Another process takes over what takes longer, or what failed. */
const leaseMs = 60_000

/** Creates one that has not been started. */
export function createCheckRunner(options: CheckRunnerOptions): CheckRunner {
  const { store, perform, now, wakeAfter, pollMs, onError } = options
  let isStarted = false
  let nextAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  let stopWaiting = () => {}

  function look(): Promise<void> {
    looking ??= lookOnce().finally(() => {
      looking = undefined
      wait()
    })
    return looking
  }

  async function lookOnce(): Promise<void> {
    nextAt = Number.POSITIVE_INFINITY
    try {
      let taken: readonly AlertCheck[]
      do {
        const until = now() + leaseMs
        const found = await store.takeChecks({ now: now(), until, limit: atOnce })
        taken = found.checks
        nextAt = Math.min(nextAt, found.nextAt ?? Number.POSITIVE_INFINITY)
        for (const check of taken) if (isStarted) await performOne(check, until)
      } while (taken.length === atOnce && isStarted)
    } catch (error) {
      onError(error, { stage: "alerts" })
    }
  }

  async function performOne(check: AlertCheck, until: number): Promise<void> {
    try {
      const dueAt = await perform(check)
      await store.settleCheck(check, until, dueAt)
      nextAt = Math.min(nextAt, dueAt ?? Number.POSITIVE_INFINITY)
    } catch (error) {
      onError(error, { stage: "alerts" })
    }
  }

  function wait(): void {
    stopWaiting()
    if (isStarted) stopWaiting = wakeAfter(Math.min(pollMs, Math.max(0, nextAt - now())), look)
  }

  return {
    start() {
      isStarted = true
      wait()
    },
    async wake(checks, dueAt) {
      if (checks.length > 0) await store.wakeChecks(checks, dueAt)
      if (dueAt >= nextAt) return
      nextAt = dueAt
      if (!looking) wait()
    },
    async stop() {
      isStarted = false
      stopWaiting()
      await looking
    },
  }
}
