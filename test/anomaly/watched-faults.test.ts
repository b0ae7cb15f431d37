import { expect, test } from "vitest"
import { weekMinutes } from "./simulated.ts"
import { type FunctionMinute, type FunctionWatch, simulateFunction, watchFunction } from "./simulated-function.ts"

/** Of no other test: the detector was never tuned on them. */
const seeds = [930_021, 930_347, 931_013]
const busy = { calls: 200, spread: 0.3, failing: 0 }
const learned = 2 * weekMinutes
/** The highest by day and week, with three standard deviations of what calls have in common. */
const band = { duration: 55 * 1.08 * Math.exp(3 * 0.06), memory: 128.4 + 3 * 1.6, calls: 300 }

interface Fault {
  readonly change: (seen: FunctionMinute, minute: number) => FunctionMinute
  /** Whether a minute is out of the normal band. @default each is */
  readonly leaves?: (seen: FunctionMinute) => boolean
}

const faults: Readonly<Record<string, Fault>> = {
  "calls that take twice as long": { change: (seen) => ({ ...seen, duration: 2 * seen.duration }) },
  "200 ms with errors": { change: (seen) => ({ ...seen, duration: 200, failed: Math.ceil(0.3 * seen.calls) }) },
  "one slow minute": { change: (seen, minute) => (minute === 0 ? { ...seen, duration: 3 * seen.duration } : seen) },
  "calls that get slower by 2 % a minute": {
    change: (seen, minute) => ({ ...seen, duration: seen.duration * (1 + 0.02 * minute) }),
    leaves: ({ duration }) => duration > band.duration,
  },
  "a leak of 2 MB a minute": {
    change: (seen, minute) => ({ ...seen, memory: seen.memory + 2 * minute }),
    leaves: ({ memory }) => memory > band.memory,
  },
  "the first errors after weeks": {
    change: (seen, minute) => (minute === 0 ? { ...seen, failed: Math.ceil(0.05 * seen.calls) } : seen),
  },
  "a burst of errors": {
    change: (seen, minute) => (minute < 5 ? { ...seen, failed: Math.ceil(0.3 * seen.calls) } : seen),
  },
  "a flood of calls": {
    change: (seen) => ({ ...seen, calls: 3 * seen.calls }),
    leaves: ({ calls }) => calls > band.calls,
  },
  silence: { change: (seen) => ({ ...seen, calls: 0 }) },
}

test("The watch on functions with a rhythm of days and weeks finds 95 % of faults within three windows, and nothing in clean weeks but one a week at most", {
  timeout: 280_000,
}, async () => {
  const delays: (readonly [fault: string, delay: number])[] = []
  for (const [index, seed] of seeds.entries()) {
    const minuteOf = simulateFunction(busy, seed)
    const watch = watchFunction()
    const begin = learned + index * 1_337
    let falseAlerts = 0
    for (let minute = 0; minute < begin; minute++) {
      const found = await watch.take(minute, minuteOf(minute))
      if (minute >= weekMinutes) falseAlerts += found.length
    }
    expect(falseAlerts, `of seed ${seed}`).toBeLessThanOrEqual((begin - weekMinutes) / weekMinutes)
    const next = Array.from({ length: 60 }, (_, minute) => minuteOf(begin + minute))
    for (const [name, fault] of Object.entries(faults)) {
      delays.push([name, await delayOf(fault, watch.fork(), begin, next)])
    }
  }
  const late = delays.filter(([, delay]) => delay > 3)
  expect(late.length / delays.length, JSON.stringify(late)).toBeLessThanOrEqual(0.05)
})

/** How many windows after a fault left the normal band it is found; Infinity where it is not within an hour. */
async function delayOf(
  { change, leaves = () => true }: Fault,
  watch: FunctionWatch,
  begin: number,
  next: readonly FunctionMinute[],
): Promise<number> {
  const seen = next.map(change)
  const left = seen.findIndex(leaves)
  for (const [minute, one] of seen.entries()) {
    if ((await watch.take(begin + minute, one)).length > 0) return minute - left
  }
  return Number.POSITIVE_INFINITY
}
