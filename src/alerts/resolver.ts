import type { Alert } from "../model/alert.ts"
import type { AlertStore } from "../ports/alert-storage.ts"
import type { WakeAfter } from "../util/wake-after.ts"

/** Ends alerts of which nothing has been heard for as long as their rules say. */
export interface Resolver {
  start(): void
  /** An alert was opened, or goes on. */
  seen(alert: Alert): void
  stop(): void
}

const atOnce = 100

/** Creates one that has not been started. `resolve` ends an alert, if it still is as it was given. */
export function createResolver(options: {
  readonly store: Pick<AlertStore, "listOpen">
  readonly resolve: (alert: Alert) => Promise<unknown>
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  /** How often to look for alerts of other processes. */
  readonly pollMs: number
  readonly onError: (error: unknown, context: { readonly stage: "alerts" }) => void
}): Resolver {
  const { store, resolve, now, wakeAfter, pollMs, onError } = options
  let isStarted = false
  let nextAt = Number.POSITIVE_INFINITY
  let stopWaiting = () => {}

  async function look(): Promise<void> {
    nextAt = Number.POSITIVE_INFINITY
    try {
      let due: readonly Alert[]
      do {
        const open = await store.listOpen(atOnce)
        due = open.filter(({ resolvesAt }) => resolvesAt !== null && resolvesAt <= now())
        for (const alert of due) await resolve(alert)
        const last = open.at(due.length)
        if (last?.resolvesAt != null) nextAt = Math.min(nextAt, last.resolvesAt)
      } while (due.length === atOnce && isStarted)
    } catch (error) {
      onError(error, { stage: "alerts" })
    }
    wait()
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
    seen({ resolvesAt }) {
      if (resolvesAt === null || resolvesAt >= nextAt) return
      nextAt = resolvesAt
      wait()
    },
    stop() {
      isStarted = false
      stopWaiting()
    },
  }
}
