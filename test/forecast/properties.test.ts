import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { forecast } from "../../src/index.ts"
import { noise } from "./series.ts"

const value = fc.oneof(
  // Numbers so small that they lose digits when halved are not among them.
  fc.double({ min: -1000, max: 1000, noNaN: true }).map((one) => (Math.abs(one) < 1e-200 ? 0 : one)),
  fc.integer({ min: 0, max: 20 }),
  fc.constantFrom(0, 1, -1),
)
/** Without ties, which rounding would decide one way or the other. */
const noisy = fc.tuple(fc.nat(), fc.integer({ min: 12, max: 150 })).map(([start, length]) => noise(start, length))
const history = fc.array(value, { minLength: 1, maxLength: 150, size: "max" })
const request = fc.record({
  history,
  horizon: fc.integer({ min: 1, max: 60 }),
  seasonLength: fc.integer({ min: 1, max: 30 }),
  backend: fc.constantFrom("combined", "exponential-smoothing", "seasonal-naive"),
})

describe("any forecast", () => {
  it("is finite, as long as asked for, and has nested intervals around its mean", () => {
    fc.assert(
      fc.property(request, ({ history, horizon, ...options }) => {
        const { mean, intervals } = forecast(history, horizon, { ...options, levels: [50, 80, 95] })
        const bounds = [50, 80, 95].map((level) => intervals[level] as (typeof intervals)[number])
        for (const path of [mean, ...bounds.flatMap(({ lower, upper }) => [lower, upper])]) {
          expect(path).toHaveLength(horizon)
          expect(path.every(Number.isFinite)).toBe(true)
        }
        for (let lead = 0; lead < horizon; lead++) {
          const [half, most, nearly] = bounds.map(({ lower, upper }) => [lower[lead] as number, upper[lead] as number])
          expectAscending([
            nearly?.[0],
            most?.[0],
            half?.[0],
            mean[lead],
            half?.[1],
            most?.[1],
            nearly?.[1],
          ] as number[])
        }
      }),
      { numRuns: 60 },
    )
  })

  it("is the same each time, and leaves its history as it was", () => {
    fc.assert(
      fc.property(request, ({ history, horizon, ...options }) => {
        const before = [...history]
        const first = forecast(history, horizon, options)
        expect(forecast(history, horizon, options)).toEqual(first)
        expect(history).toEqual(before)
      }),
      { numRuns: 20 },
    )
  })

  it("doubles with its history, and halves with it", () => {
    fc.assert(
      fc.property(request, fc.constantFrom(0.5, 2, 1024, 2 ** -30), ({ history, horizon, ...options }, factor) => {
        const larger = forecast(
          history.map((one) => one * factor),
          horizon,
          options,
        )
        const plain = forecast(history, horizon, options)
        larger.mean.forEach((one, lead) => {
          expect(one).toBe((plain.mean[lead] as number) * factor)
        })
      }),
      { numRuns: 30 },
    )
  })

  it("stretches with its history, whatever the factor", () => {
    fc.assert(
      fc.property(
        noisy,
        fc.integer({ min: 1, max: 100_000 }).map((hundredths) => hundredths / 100),
        request,
        (history, factor, { horizon, history: _, ...options }) => {
          const larger = forecast(
            history.map((one) => one * factor),
            horizon,
            options,
          )
          const plain = forecast(history, horizon, options)
          for (const [path, of] of [
            [larger.mean, plain.mean],
            [larger.intervals[95]?.upper, plain.intervals[95]?.upper],
          ] as const) {
            path?.forEach((one, lead) => {
              expectNear(one / factor, of?.[lead] as number)
            })
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it("stretches with its history where two methods say the same, whose order rounding would decide", () => {
    const history = noise(878_042_990, 144)
    const bound = (values: readonly number[]) => forecast(values, 13, { seasonLength: 3 }).intervals[95]?.upper ?? []
    const plain = bound(history)
    bound(history.map((one) => one * 299.54)).forEach((one, lead) => {
      expectNear(one / 299.54, plain[lead] as number)
    })
  })

  it("moves with a history that is below zero before and after", () => {
    fc.assert(
      fc.property(
        noisy.map((values) => values.map((one) => one - 1.5)),
        fc.integer({ min: -100, max: 5 }).map((tenths) => tenths / 10),
        request,
        (history, apart, { horizon, history: _, ...options }) => {
          const moved = forecast(
            history.map((one) => one + apart),
            horizon,
            options,
          )
          forecast(history, horizon, options).mean.forEach((one, lead) => {
            expectNear((moved.mean[lead] as number) - apart, one)
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it("goes on with a constant, without any width", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e9, max: 1e9, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        request,
        (constant, length, { horizon, history: _, ...options }) => {
          const { mean, intervals } = forecast(new Array(length).fill(constant), horizon, options)
          const expected = new Array(horizon).fill(constant + 0)
          expect([mean, intervals[80]?.lower, intervals[95]?.upper]).toEqual([expected, expected, expected])
        },
      ),
      { numRuns: 60 },
    )
  })

  it("is refused for a horizon out of range, and for an infinite value wherever it stands, by name", () => {
    const noHorizon = fc.oneof(
      fc.integer({ max: 0 }),
      fc.integer({ min: 721 }),
      fc.double().filter((one) => !Number.isInteger(one)),
    )
    fc.assert(
      fc.property(request, noHorizon, ({ history, horizon: _, ...options }, horizon) => {
        expect(() => forecast(history, horizon, options)).toThrow(
          expect.objectContaining({ code: "FN_006", issues: [expect.objectContaining({ path: "horizon" })] }),
        )
      }),
    )
    fc.assert(
      fc.property(request, fc.nat(), fc.boolean(), ({ history, horizon, ...options }, place, isPositive) => {
        const index = place % history.length
        const broken = history.with(index, isPositive ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)
        expect(() => forecast(broken, horizon, options)).toThrow(
          expect.objectContaining({ code: "FN_006", issues: [expect.objectContaining({ path: `history[${index}]` })] }),
        )
      }),
    )
  })

  it("moves with its history, where it repeats the last season", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 80, size: "max" }),
        (history) => {
          const options = { seasonLength: 7, backend: "seasonal-naive" }
          const moved = forecast(
            history.map((one) => one + 1000),
            8,
            options,
          )
          expect(moved.mean).toEqual(forecast(history, 8, options).mean.map((one) => one + 1000))
        },
      ),
      { numRuns: 30 },
    )
  })

  it("is finite for the largest and the smallest numbers", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60, size: "max" }),
        fc.integer({ min: 1, max: 720 }),
        (history, horizon) => {
          const { mean, intervals } = forecast(history, horizon, { seasonLength: 5 })
          expect(
            [...mean, ...(intervals[95]?.lower ?? []), ...(intervals[95]?.upper ?? [])].every(Number.isFinite),
          ).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })
})

/** Equal but for what is rounded, of numbers about one. */
function expectNear(value: number, expected: number): void {
  expect(Math.abs(value - expected)).toBeLessThan(1e-6)
}

function expectAscending(values: readonly number[]): void {
  expect(values).toEqual([...values].sort((a, b) => a - b))
}
