import { beforeAll, describe, expect, test } from "vitest"
import { createDetector, type DetectorState } from "../../src/index.ts"
import { type Metric, minuteOf, type Point, simulate, timeOf, weekMinutes } from "./simulated.ts"

/** Windows of a minute; a detector with its defaults has seen two weeks of them, and some more, when the fault begins. */
const learned = 2 * weekMinutes
const seeds = 7
/** A fault that is not found within an hour is missed. */
const watched = 60

interface Fault {
  readonly metric: Metric
  /** Minutes since the fault began in; what becomes of the value, null where no point comes. */
  readonly change: (value: number, minute: number) => number | null
  /** The highest value by day and week, and three standard deviations of noise: a ramp leaves the normal band there, others at once. */
  readonly band?: number
}

const faults: Readonly<Record<string, Fault>> = {
  "latency that doubles": { metric: "latency", change: (value) => 2 * value },
  "latency that rises fourfold": { metric: "latency", change: (value) => 4 * value },
  "one slow minute": { metric: "latency", change: (value, minute) => (minute === 0 ? 3 * value : value) },
  "latency that creeps up by 2 % a minute": {
    metric: "latency",
    change: (value, minute) => value * (1 + 0.02 * minute),
    band: 55 * 1.08 * Math.exp(3 * 0.08),
  },
  "a leak of 0.5 MB a minute": { metric: "memory", change: (value, minute) => value + 0.5 * minute, band: 134.4 },
  "a leak of 2 MB a minute": { metric: "memory", change: (value, minute) => value + 2 * minute, band: 134.4 },
  "the first error after weeks": { metric: "errors", change: (_, minute) => (minute === 0 ? 1 : 0) },
  "a burst of errors": { metric: "errors", change: (_, minute) => (minute < 5 ? 3 + (minute % 3) : 0) },
  "calls that stop": { metric: "calls", change: () => 0 },
  "a flood of calls": { metric: "calls", change: (value) => 3 * value },
  silence: { metric: "calls", change: () => null },
}

describe("Simulated functions", () => {
  /** For each fault and seed, how many windows after it left the normal band it was found. */
  const delays: Record<string, readonly number[]> = {}
  beforeAll(() => {
    const seedList = Array.from({ length: seeds }, (_, index) => index + 1)
    const states = new Map<string, DetectorState>()
    for (const [name, fault] of Object.entries(faults)) {
      delays[name] = seedList.map((seed) => {
        const key = `${fault.metric} ${seed}`
        const state = states.get(key) ?? learn(fault.metric, seed)
        states.set(key, state)
        return delayOf(fault, seed, state)
      })
    }
  }, 240_000)

  test.each(Object.keys(faults))("%s: found within three windows of leaving the normal band", (name) => {
    const found = delays[name] ?? []
    expect(found).toHaveLength(seeds)
    // One of seven may be late, as long as few are in all.
    expect(inTime(found), `found after ${found.join(", ")} windows`).toBeGreaterThanOrEqual(seeds - 1)
  })

  test("95 % of all faults are found within three windows", () => {
    const all = Object.values(delays).flat()
    expect(inTime(all) / all.length).toBeGreaterThanOrEqual(0.95)
  })

  test("clean series have at most one false alert for each function and week, once a week is learned", {
    timeout: 240_000,
  }, () => {
    const weeks = 4
    for (const metric of ["latency", "calls", "memory", "errors"] as const) {
      let alerts = 0
      for (let seed = 1; seed <= 3; seed++) {
        const detector = createDetector({ minimumHistory: weekMinutes })
        for (const { value, timestampMs } of simulate(metric, seed, weeks * weekMinutes)) {
          if (detector.push(value, timestampMs).isAnomaly) alerts++
        }
      }
      expect(alerts / (3 * (weeks - 1)), metric).toBeLessThanOrEqual(1)
    }
  })
})

function inTime(delays: readonly number[]): number {
  return delays.filter((delay) => delay <= 3).length
}

/** Another time of day and week with each seed. */
function beginOf(seed: number): number {
  return learned + seed * 1_337
}

function learn(metric: Metric, seed: number): DetectorState {
  const detector = createDetector()
  for (const { value, timestampMs } of simulate(metric, seed, beginOf(seed))) detector.push(value, timestampMs)
  return detector.toJSON()
}

function delayOf({ metric, change, band }: Fault, seed: number, state: DetectorState): number {
  const begin = beginOf(seed)
  const points = simulate(metric, seed, begin + watched, (value, minute) =>
    minute < begin ? value : change(value, minute - begin),
  )
  const after = points.slice(begin)
  const leaves = band === undefined ? begin : minuteOf(after.find(({ value }) => value > band)?.timestampMs ?? 0)
  return foundAt(state, after, begin) - leaves
}

/** The minute of the first report; Infinity where there is none. Where no point comes, each minute asks for silence. */
function foundAt(state: DetectorState, points: readonly Point[], begin: number): number {
  const detector = createDetector({ state })
  const byMinute = new Map(points.map((point) => [minuteOf(point.timestampMs), point]))
  for (let minute = begin; minute < begin + watched; minute++) {
    const point = byMinute.get(minute)
    const result = point ? detector.push(point.value, point.timestampMs) : detector.silence(timeOf(minute))
    if (result.isAnomaly) return minute
  }
  return Number.POSITIVE_INFINITY
}
