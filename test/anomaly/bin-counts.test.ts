import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { BinCounts } from "../../src/anomaly/bin-counts.ts"

const bins = 1024
const bin = fc.oneof(fc.constant(0), fc.integer({ min: 500, max: 540 }), fc.integer({ min: 0, max: bins - 1 }))
const additions = fc.array(fc.tuple(bin, fc.integer({ min: 1, max: 50 })), { minLength: 1, maxLength: 60 })

/** Those of `added` that `isWanted` takes. */
function countOf(added: readonly (readonly [number, number])[], isWanted: (bin: number) => boolean): number {
  return added.reduce((sum, [one, by]) => sum + (isWanted(one) ? by : 0), 0)
}

describe("Counts by bin", () => {
  it("are those of a plain row of counters, whatever came in which order", () => {
    fc.assert(
      fc.property(additions, bin, (added, asked) => {
        const counts = new BinCounts()
        for (const [one, by] of added) counts.add(one, by)
        expect(counts.total).toBe(countOf(added, () => true))
        expect(counts.highest).toBe(Math.max(...added.map(([one]) => one)))
        expect(counts.at(asked)).toBe(countOf(added, (one) => one === asked))
        expect(counts.below(asked)).toBe(countOf(added, (one) => one < asked))
        const known = [...new Set(added.map(([one]) => one))].sort((a, b) => a - b)
        expect([...counts.entries()]).toEqual(known.map((each) => [each, countOf(added, (one) => one === each)]))
      }),
    )
  })

  it("tell in which bin a number is exceeded from below", () => {
    fc.assert(
      fc.property(additions, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (added, share) => {
        const counts = new BinCounts()
        for (const [one, by] of added) counts.add(one, by)
        const number = share * counts.total
        const found = counts.exceeding(number)
        expect(counts.below(found)).toBeLessThanOrEqual(number)
        expect(counts.below(found) + counts.at(found)).toBeGreaterThan(number)
      }),
    )
  })
})
