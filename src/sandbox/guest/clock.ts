import { phase } from "./phase.ts"
import { dateNow } from "./primordials.ts"

// Captured before `performance` is replaced. The engine's own counter starts with its context, which a snapshot froze.
const now: () => number = performance.now

let startedAt = 0
let startedAtDate = 0

/** Lets the call's time begin. */
export function restartClock(): void {
  startedAt = now()
  startedAtDate = dateNow()
}

/** Milliseconds since the call began. */
export function elapsed(): number {
  return now() - startedAt
}

/** When the call began, in epoch milliseconds. While a module loads, that is this moment: the host sees the clock read. */
export function timeOrigin(): number {
  return phase.loading ? dateNow() : startedAtDate
}
