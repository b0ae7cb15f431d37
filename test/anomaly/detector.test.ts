import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  createDetector,
  type Detector,
  type DetectorOptions,
  type DetectorResult,
  type DetectorState,
  FunctionsError,
} from "../../src/index.ts"
import { minuteMs, type Point, seeded, simulate } from "./simulated.ts"

const dayMinutes = 1440

describe("createDetector", () => {
  test("finds a spike, says how bad it is and which methods saw it", () => {
    const { last } = run([...simulate("latency", 1, dayMinutes), at(dayMinutes, 200_000)])
    expect(last).toMatchObject({ value: 200_000, isAnomaly: true, severity: "critical", consensus: 0.75 })
    expect(last.breakdown.value.surprise).toBe(32)
    expect(last.breakdown.silence.surprise).toBe(0)
    expect(last.score).toBeGreaterThan(0.76)
  })

  test("reports one trouble once: a second point as high as the first has no score of its own", () => {
    const detector = createDetector()
    for (const { value, timestampMs } of simulate("latency", 1, dayMinutes)) detector.push(value, timestampMs)
    const first = pushAt(detector, dayMinutes, 500)
    const second = pushAt(detector, dayMinutes + 1, 500)
    expect(first.isAnomaly).toBe(true)
    expect(second).toMatchObject({ isAnomaly: false, score: 0, severity: null })
    expect(second.unusual).toBeGreaterThan(0.4)
  })

  test("flags nothing before the minimum of history", () => {
    const points = simulate("latency", 1, 200)
    const spiked = points.map((point, index) => (index === 149 ? { ...point, value: 9_000 } : point))
    expect(found(spiked, {})).toEqual([149])
    expect(found(spiked, { minimumHistory: 150 })).toEqual([])
  })

  test("a higher sensitivity finds all that a lower one finds", () => {
    const points = simulate("latency", 3, 3 * dayMinutes)
    const [low, middle, high] = [0.3, 0.6, 0.9].map((sensitivity) => found(points, { sensitivity })) as [
      number[],
      number[],
      number[],
    ]
    expect(middle).toEqual(expect.arrayContaining(low))
    expect(high).toEqual(expect.arrayContaining(middle))
    expect(high.length).toBeGreaterThan(low.length)
  })

  test("gives the context of an anomaly: the points before it at once, those after it when they have come", () => {
    const detector = createDetector({ context: { before: 4, after: 2 } })
    for (let minute = 0; minute < 400; minute++) pushAt(detector, minute, minute % 4)
    const anomaly = pushAt(detector, 400, 1_000)
    const before = { count: 4, mean: 1.5, standardDeviation: Math.sqrt(1.25), min: 0, max: 3 }
    expect(anomaly.before).toEqual(before)
    expect(pushAt(detector, 401, 5).completed).toBeUndefined()
    expect(pushAt(detector, 402, 7).completed).toEqual({
      timestampMs: 400 * minuteMs,
      before,
      after: { count: 2, mean: 6, standardDeviation: 1, min: 5, max: 7 },
    })
    expect(pushAt(detector, 403, 7).completed).toBeUndefined()
  })

  test("a method of weight 0 has no say, and weights shift the score", () => {
    const points = [...simulate("latency", 1, dayMinutes), at(dayMinutes, 200_000)]
    const silenceOnly = run(points, { weights: { value: 0, rhythm: 0, variability: 0 } }).last
    expect(silenceOnly).toMatchObject({ score: 0, consensus: 0 })
    const valueOnly = run(points, { weights: { rhythm: 0, variability: 0, silence: 0 } }).last
    expect(valueOnly).toMatchObject({ score: 0.8, consensus: 1 })
  })

  test("says that a series fell silent, once", () => {
    const detector = createDetector()
    const points = simulate("calls", 1, dayMinutes)
    for (const { value, timestampMs } of points) detector.push(value, timestampMs)
    const lastMs = points.at(-1)?.timestampMs ?? 0
    expect(detector.silence(lastMs + 2 * minuteMs).isAnomaly).toBe(false)
    expect(detector.silence(lastMs + 4 * minuteMs)).toMatchObject({
      isAnomaly: true,
      value: null,
      timestampMs: lastMs + 4 * minuteMs,
    })
    expect(detector.silence(lastMs + 5 * minuteMs).isAnomaly).toBe(false)
  })

  test("says once that a series fell silent whose points come at odd intervals, though the silence grows ever rarer", () => {
    const detector = createDetector()
    const random = seeded(7)
    let at = 0
    for (let point = 0; point < 2000; point++) {
      at += Math.ceil(-Math.log(1 - random())) * minuteMs
      detector.push(20 + random(), at)
    }
    let told = 0
    for (let minute = 1; minute < 60; minute++) if (detector.silence(at + minute * minuteMs).isAnomaly) told++
    expect(told).toBe(1)
    // A new one is told again, once, whoever goes on.
    for (let minute = 60; minute < 200; minute++) detector.push(20 + random(), at + minute * minuteMs)
    const again = createDetector({ state: JSON.parse(JSON.stringify(detector)) as DetectorState })
    expect(again.silence(at + 400 * minuteMs).isAnomaly).toBe(true)
    const later = createDetector({ state: JSON.parse(JSON.stringify(again)) as DetectorState })
    expect(later.silence(at + 900 * minuteMs).isAnomaly).toBe(false)
  })

  test.each([
    [{ sensitivity: 2 }, /sensitivity/],
    [{ weights: { value: -1 } }, /weights\.value/],
    [{ weights: { value: 0, rhythm: 0, variability: 0, silence: 0 } }, /weights/],
    [{ context: { before: 10_001 } }, /context\.before/],
    [{ minimumHistory: 0.5 }, /minimumHistory/],
    [{ sensitivty: 1 }, /sensitivty/],
    [{ state: { version: 2, points: 1 } }, /state\.version/],
  ])("refuses the options %j with FN_006 and the field's name", (options, message) => {
    const create = () => createDetector(options as unknown as DetectorOptions)
    expect(create).toThrow(FunctionsError)
    expect(create).toThrow(message)
  })
})

describe("a detector", () => {
  test("refuses what is not finite, names the field, and is as it was", () => {
    const detector = createDetector()
    pushAt(detector, 0, 1)
    const before = JSON.stringify(detector)
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => detector.push(wrong, 0)).toThrow(
        expect.objectContaining({ code: "FN_006", message: expect.stringContaining("value") }),
      )
      expect(() => detector.push(1, wrong)).toThrow(
        expect.objectContaining({ code: "FN_006", message: expect.stringContaining("timestampMs") }),
      )
      expect(() => detector.silence(wrong)).toThrow(
        expect.objectContaining({ code: "FN_006", message: expect.stringContaining("nowMs") }),
      )
    }
    expect(JSON.stringify(detector)).toBe(before)
  })

  test("scores within 0 and 1 for any finite values and times, also those that go back", () => {
    const point = fc.record({
      value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -3, max: 3 })),
      timestampMs: fc.integer({ min: -1e12, max: 4e12 }),
    })
    fc.assert(
      fc.property(fc.array(point, { minLength: 60, maxLength: 200 }), (points) => {
        for (const { score, unusual, consensus } of run(points).results) {
          for (const figure of [score, unusual, consensus]) {
            expect(figure).toBeGreaterThanOrEqual(0)
            expect(figure).toBeLessThanOrEqual(1)
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  test("gives the same scores for the same series in another unit, and five weeks later", () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (seed, scale) => {
        const points = simulate("latency", seed, 700)
        const moved = points.map(({ value, timestampMs }) => ({
          value: value * scale,
          timestampMs: timestampMs + 35 * dayMinutes * minuteMs,
        }))
        const scores = run(points).results.map(({ score }) => score)
        for (const [index, { score }] of run(moved).results.entries()) {
          expect(score).toBeCloseTo(scores[index] ?? Number.NaN, 6)
        }
      }),
      { numRuns: 20 },
    )
  })

  test("does not look ahead: what comes later changes no score", () => {
    const points = simulate("calls", 5, 600)
    const scores = run(points).results.map(({ score }) => score)
    expect(run(points.slice(0, 350)).results.map(({ score }) => score)).toEqual(scores.slice(0, 350))
  })

  test("keeps no more of a long stream than of a short one", () => {
    const random = seeded(1)
    const detector = createDetector()
    const sizes: number[] = []
    for (let minute = 0; minute < 150_000; minute++) {
      const spike = random() < 0.001 ? 1e6 * random() : 0
      pushAt(detector, minute, random() * 10 ** (12 * random()) + spike)
      if (minute % 30_000 === 29_999) sizes.push(JSON.stringify(detector).length)
    }
    for (const size of sizes) expect(size).toBeLessThan(100_000)
    expect(sizes.at(-1)).toBeLessThan(1.2 * (sizes[0] ?? 0))
  })

  test("goes on from its state as if it had never stopped", () => {
    const points = [...simulate("latency", 9, 900), at(900, 300), at(901, 310)]
    const whole = run(points).results
    fc.assert(
      fc.property(fc.integer({ min: 0, max: points.length - 1 }), (cut) => {
        const first = createDetector()
        for (const { value, timestampMs } of points.slice(0, cut)) first.push(value, timestampMs)
        const state = JSON.parse(JSON.stringify(first))
        expect(run(points.slice(cut), { state }).results).toEqual(whole.slice(cut))
      }),
      { numRuns: 20 },
    )
  })
})

function at(minute: number, value: number): Point {
  return { value, timestampMs: Date.UTC(2030, 0, 7) + minute * minuteMs }
}

function pushAt(detector: Detector, minute: number, value: number): DetectorResult {
  return detector.push(value, minute * minuteMs)
}

function run(
  points: readonly Point[],
  options: DetectorOptions = {},
): { results: DetectorResult[]; last: DetectorResult } {
  const detector = createDetector(options)
  const results = points.map(({ value, timestampMs }) => detector.push(value, timestampMs))
  const last = results.at(-1)
  if (last === undefined) throw new Error("There are no points.")
  return { results, last }
}

function found(points: readonly Point[], options: DetectorOptions): number[] {
  return run(points, options).results.flatMap(({ isAnomaly }, index) => (isAnomaly ? [index] : []))
}
