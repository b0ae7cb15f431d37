import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Group } from "../../src/alerts/checks/groups.ts"
import { judgeRate } from "../../src/alerts/checks/judge-rate.ts"
import { judgeThreshold } from "../../src/alerts/checks/judge-threshold.ts"
import { crosses } from "../../src/alerts/compare.ts"
import { isNamed } from "../../src/alerts/name-pattern.ts"
import { Aggregate } from "../../src/metrics/aggregate.ts"
import { type Reading, toReading } from "../../src/metrics/reading.ts"
import { alertOperators, type ThresholdCondition } from "../../src/model/alert-condition.ts"

const minute = 60_000
const group: Group = { function: "work", series: null, dimensions: {}, members: [], since: 0 }

/** Small whole numbers, so that sums and averages are exact and thresholds are met. */
const minutes = fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }), { minLength: 1, maxLength: 20 })

function toSteps(values: readonly (readonly number[])[]): Reading {
  const steps = new Map<number, Aggregate>()
  for (const [index, of] of values.entries()) {
    if (of.length === 0) continue
    const aggregate = new Aggregate()
    for (const value of of) aggregate.add(value)
    steps.set(index * minute, aggregate)
  }
  return toReading(steps, minute)
}

/** The value of a window by the values themselves. */
function plainValue(values: readonly number[], statistic: string, minCount: number): number | null {
  if (values.length < minCount) return null
  const sum = values.reduce((all, value) => all + value, 0)
  if (statistic === "count") return values.length
  if (statistic === "sum") return sum
  if (values.length === 0) return null
  if (statistic === "average") return sum / values.length
  return statistic === "min" ? Math.min(...values) : Math.max(...values)
}

describe("a threshold rule", () => {
  it("fires if and only if each of its windows crosses the threshold, by the values themselves", () => {
    const condition = fc.record({
      type: fc.constant("threshold" as const),
      metric: fc.constant("own.key"),
      statistic: fc.constantFrom("average", "min", "max", "sum", "count"),
      operator: fc.constantFrom(...alertOperators),
      threshold: fc.integer({ min: 0, max: 6 }).map((half) => half / 2),
      windowMs: fc.integer({ min: 1, max: 5 }).map((count) => count * minute),
      forMs: fc.integer({ min: 1, max: 4 }).map((count) => count * minute),
      minCount: fc.integer({ min: 0, max: 4 }),
    }) satisfies fc.Arbitrary<ThresholdCondition>
    fc.assert(
      fc.property(minutes, condition, (values, given) => {
        const { statistic, operator, threshold, windowMs, forMs, minCount } = given
        const end = values.length
        const windows = Array.from({ length: forMs / minute }, (_, back) => {
          const to = end - back
          return values.filter((_of, index) => index < to && index >= to - windowMs / minute).flat()
        })
        const from = Array.from({ length: forMs / minute }, (_, back) => end - back - windowMs / minute)
        const expected = windows.every((window, index) => {
          // Before the beginning of time nothing is expected.
          if (window.length === 0 && (from[index] ?? 0) < 0) return false
          const value = plainValue(window, statistic, minCount)
          return value !== null && crosses(operator, value, threshold)
        })
        const occasion = judgeThreshold(given, group, toSteps(values), end * minute)
        expect(occasion !== undefined).toBe(expected)
        if (occasion) expect(occasion.value).toBe(plainValue(windows[0] ?? [], statistic, minCount))
      }),
      { numRuns: 2000 },
    )
  })
})

describe("a rate rule", () => {
  it("finds the slope of a line whatever is left out of it, and fires where that is too fast", () => {
    const line = fc.record({
      slope: fc.integer({ min: -20, max: 20 }),
      start: fc.integer({ min: -1000, max: 1000 }),
      present: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
      maximum: fc.integer({ min: 0, max: 20 }).map((whole) => whole + 0.5),
      direction: fc.constantFrom("up", "down", "both"),
    })
    fc.assert(
      fc.property(line, ({ slope, start, present, maximum, direction }) => {
        const values = present.map((isThere, index) => (isThere ? [start + slope * index] : []))
        const condition = {
          type: "rate",
          metric: "own.key",
          maximum,
          per: "minute",
          windowMs: 10 * minute,
          direction,
        } as const
        const occasion = judgeRate(condition, group, toSteps(values), 10 * minute)
        const isFast = direction === "both" ? Math.abs(slope) : direction === "up" ? slope : -slope
        expect(occasion !== undefined).toBe(present.filter(Boolean).length > 1 && isFast > maximum)
        if (occasion) expect(occasion.value).toBeCloseTo(slope, 6)
      }),
      { numRuns: 1000 },
    )
  })
})

describe("a pattern of names", () => {
  it("matches what the same regular expression matches", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "-"), maxLength: 8 })
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "-", "*"), maxLength: 6 })
    fc.assert(
      fc.property(pattern, text, (given, name) => {
        const expression = new RegExp(`^${given.replaceAll("*", ".*")}$`)
        expect(isNamed(given, name)).toBe(expression.test(name))
      }),
      { numRuns: 5000 },
    )
  })

  it("is of functions alone, and without one everything is meant", () => {
    expect(isNamed("*", null)).toBe(false)
    expect(isNamed(null, null)).toBe(true)
  })
})
