/**
 * Calls back once, after so many milliseconds of the clock that it belongs to, and answers what ends that. Whoever moves
 * such a clock waits for what the callback gives, so what it begins belongs to its promise.
 */
export type WakeAfter = (ms: number, callback: () => unknown) => () => void

/** What the machine's own timers can wait for: some 24 days. */
const longestMs = 2 ** 31 - 1

/** Wakes by the machine's own timers, which keep no process alive. A longer wait ends early: look again then. */
export const wakeAfter: WakeAfter = (ms, callback) => {
  const timer = setTimeout(callback, Math.min(ms, longestMs))
  timer.unref()
  return () => clearTimeout(timer)
}
