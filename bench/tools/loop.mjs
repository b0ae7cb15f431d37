import { monitorEventLoopDelay } from "node:perf_hooks"

const resolutionMs = 1

/** How long the event loop was held up while some work was done: the longest delay, and its 99th percentile. */
export async function watchLoop(work) {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  const value = await work()
  // A delay is counted by the timer that comes too late, so that timer must have come.
  await new Promise((resolve) => setTimeout(resolve, 5))
  histogram.disable()
  const toMs = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - resolutionMs)
  return { value, maxMs: toMs(histogram.max), p99Ms: toMs(histogram.percentile(99)) }
}
