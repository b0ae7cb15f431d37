import type { WakeAfter } from "./wake-after.ts"

/** No timer waits for longer: the machine's own can wait for some 24 days. */
const longestMs = 86_400_000

/** A signal that is aborted after so many milliseconds of a clock, however many these are, unless it is stopped before. */
export function abortAfter(
  ms: number,
  { now, wakeAfter }: { readonly now: () => number; readonly wakeAfter: WakeAfter },
): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  const at = now() + ms
  let stop = () => {}
  const wait = (leftMs: number): void => {
    stop = wakeAfter(Math.min(leftMs, longestMs), () => {
      if (leftMs > longestMs && at > now()) wait(at - now())
      else controller.abort(new DOMException("The time is over.", "TimeoutError"))
    })
  }
  wait(ms)
  return { signal: controller.signal, stop: () => stop() }
}
