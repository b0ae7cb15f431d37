import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { Aggregate } from "../../src/metrics/aggregate.ts"
import { Sketch } from "../../src/metrics/sketch.ts"

/** Values of every size and both signs, apart from those that are too near to zero to be told from it. */
const value = fc
  .tuple(fc.double({ min: 1, max: 10, maxExcluded: true, noNaN: true }), fc.integer({ min: -8, max: 20 }), fc.boolean())
  .map(([mantissa, exponent, negative]) => (negative ? -1 : 1) * mantissa * 10 ** exponent)
const values = fc.array(fc.oneof(value, fc.constant(0)), { minLength: 1, maxLength: 200 })

function aggregateOf(all: readonly number[]): Aggregate {
  const aggregate = new Aggregate()
  for (const one of all) aggregate.add(one)
  return aggregate
}

function sketchOf(all: readonly number[]): Sketch {
  const sketch = new Sketch()
  for (const one of all) sketch.add(one)
  return sketch
}

function exact(all: readonly number[]) {
  const sorted = [...all].sort((a, b) => a - b)
  const mean = all.reduce((sum, one) => sum + one, 0) / all.length
  const variance = all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / all.length
  return { mean, variance, at: (percent: number) => sorted[Math.ceil((percent * all.length) / 100) - 1] as number }
}

describe("an aggregate", () => {
  test("has quantiles within 1 % of the exact ones, whatever the distribution", () => {
    fc.assert(
      fc.property(values, (all) => {
        const { p50, p95, p99, min, max } = aggregateOf(all).toFigures()
        const { at } = exact(all)
        for (const [found, percent] of [
          [p50, 50],
          [p95, 95],
          [p99, 99],
        ] as const) {
          expect(Math.abs(found - at(percent))).toBeLessThanOrEqual(0.01 * Math.abs(at(percent)) * (1 + 1e-9))
          expect(found).toBeGreaterThanOrEqual(min)
          expect(found).toBeLessThanOrEqual(max)
        }
      }),
    )
  })

  test("has quantiles within 1 % of the exact ones for many durations", () => {
    let seed = 1
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    // Log-normal, with one call in a hundred a thousand times slower.
    const all = Array.from({ length: 200_000 }, () => {
      const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random())
      return Math.exp(normal) * (random() < 0.01 ? 1000 : 1)
    })
    const { count, p50, p95, p99, mean, variance } = aggregateOf(all).toFigures()
    const { at, ...moments } = exact(all)
    expect(count).toBe(200_000)
    expect(Math.abs(p50 / at(50) - 1)).toBeLessThan(0.01)
    expect(Math.abs(p95 / at(95) - 1)).toBeLessThan(0.01)
    expect(Math.abs(p99 / at(99) - 1)).toBeLessThan(0.01)
    expect(mean / moments.mean).toBeCloseTo(1, 9)
    expect(variance / moments.variance).toBeCloseTo(1, 9)
  })

  test("comes to the same whole, however it was cut into pieces, stored and merged", () => {
    const cuts = fc.array(fc.tuple(values, fc.boolean(), fc.nat()), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(cuts, (pieces) => {
        const merged = new Aggregate()
        for (const [piece, stored] of [...pieces].sort((a, b) => a[2] - b[2])) {
          if (stored) merged.mergeMoments(aggregateOf(piece).toMoments())
          else merged.merge(aggregateOf(piece))
        }
        const all = pieces.flatMap(([piece]) => piece)
        const { sum, mean, variance, ...others } = merged.toFigures()
        const { sum: _s, mean: _m, variance: _v, ...whole } = aggregateOf(all).toFigures()
        expect(others).toEqual(whole)
        const scale = Math.max(...all.map(Math.abs)) || 1
        const { mean: exactMean, variance: exactVariance } = exact(all)
        expect(Math.abs(mean - exactMean) / scale).toBeLessThan(1e-9)
        expect(Math.abs(sum / all.length - exactMean) / scale).toBeLessThan(1e-9)
        expect(Math.abs(variance - exactVariance) / scale ** 2).toBeLessThan(1e-9)
      }),
    )
  })

  test("keeps small differences of large values", () => {
    const { variance } = aggregateOf([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]).toFigures()
    expect(variance).toBeCloseTo(22.5, 6)
  })

  test("is all zeros where nothing was counted", () => {
    expect(new Set(Object.values(new Aggregate().toFigures()))).toEqual(new Set([0]))
  })
})

describe("a sketch", () => {
  test("is the same after it was stored", () => {
    fc.assert(
      fc.property(values, (all) => {
        const restored = new Sketch()
        restored.mergeEncoded(sketchOf(all).encode())
        expect(restored.encode()).toEqual(sketchOf(all).encode())
      }),
    )
  })

  test("takes few bytes", () => {
    const sketch = sketchOf(Array.from({ length: 10_000 }, (_, index) => 0.1 + index / 1000))
    expect(sketch.encode().length).toBeLessThan(1000)
  })

  test("stays small for values of all sizes, and exact for the large ones", () => {
    const all = Array.from({ length: 201 }, (_, exponent) => 1.5 * 10 ** (exponent - 100))
    const sketch = sketchOf([...all].reverse())
    expect(sketch.encode().length).toBeLessThan(3000)
    const other = sketchOf(all)
    expect(other.encode()).toEqual(sketch.encode())
    expect(sketch.valueAt(201) / 1.5e100).toBeCloseTo(1, 1)
    expect(sketch.valueAt(170) / (all[169] as number)).toBeCloseTo(1, 1)
  })

  test("refuses bytes of another format, and those that end too early", () => {
    expect(() => new Sketch().mergeEncoded(new Uint8Array([2, 0, 0, 0]))).toThrow(/format 2/)
    expect(() => new Sketch().mergeEncoded(new Uint8Array([1, 0, 9]))).toThrow(RangeError)
  })
})
