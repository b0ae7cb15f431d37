import { describe, expect, it } from "vitest"
import { type Alternative, chooseAlternative } from "../../src/forecast/alternatives/alternative.ts"
import { hoursAlike } from "../../src/forecast/alternatives/hours-alike.ts"
import { usualValue } from "../../src/forecast/alternatives/usual-value.ts"
import { takeSteps } from "../../src/forecast/take-steps.ts"
import { forecast } from "../../src/index.ts"
import { noise } from "./series.ts"

const path = Float64Array.of(1, 2, 3)
const fiveMinutes = { short: 288 }

describe("the usual value", () => {
  const from = (values: readonly number[], short: number) => {
    const known = Float64Array.from([...values, Number.NaN, Number.NaN, Number.NaN])
    return usualValue(path, known, values.length, { short })
  }

  it("is what more than half of the last season's values were", () => {
    const season = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 || index === 99 ? 4 : 50 + index))
    expect(from([...new Array(500).fill(9), ...season], 100)).toEqual(Float64Array.of(4, 4, 4))
  })

  it("is none where it was half of them", () => {
    const season = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 4 : index % 4 === 1 ? -index : index))
    expect(from([...new Array(500).fill(9), ...season], 100)).toBeUndefined()
  })

  it("is looked for among 48 values where seasons are shorter, and among all where there are fewer", () => {
    const last = [...new Array(25).fill(3), ...Array.from({ length: 23 }, (_, index) => 10 + index)]
    expect(from([...new Array(80).fill(9), ...last], 1)).toEqual(Float64Array.of(3, 3, 3))
    expect(from([3, 3, 8], 7)).toEqual(Float64Array.of(3, 3, 3))
  })
})

describe("hours alike", () => {
  const clock = (index: number) => (index % 12 === 0 ? 9 : index % 12 === 6 ? -4 : 0)

  it("put the hour as it has been on the path without what changes within hours", () => {
    const values = Float64Array.from({ length: 600 + 48 }, (_, index) =>
      index < 600 ? 100 + clock(index) : Number.NaN,
    )
    const restless = Float64Array.from({ length: 48 }, (_, lead) => 200 + 5 * ((lead % 3) - 1))
    const alike = hoursAlike(restless, values, 600, fiveMinutes) as Float64Array
    expect([...alike.subarray(12, 36)]).toEqual(Array.from({ length: 24 }, (_, lead) => 200 + clock(lead)))
  })

  it("are none where a season is no day or week of minutes", () => {
    expect(hoursAlike(path, new Float64Array(600), 597, { short: 24 })).toBeUndefined()
  })
})

describe("the choice among alternatives", () => {
  const values = Float64Array.of(0, 0, 5, 5, 6, 5)
  const trials = { origins: [2, 4], horizon: 2 }
  const paths = [Float64Array.of(4, 4), Float64Array.of(4, 4)]
  const always =
    (height: number): Alternative =>
    (one) =>
      one.map(() => height)
  const choose = (...alternatives: readonly Alternative[]) =>
    takeSteps(chooseAlternative(alternatives, paths, values, { short: 1 }, trials))

  it("is what erred least in the trials, with what it would have said", () => {
    const right = always(5)
    expect(choose(always(4.5), right, always(7))).toEqual({
      paths: [Float64Array.of(5, 5), Float64Array.of(5, 5)],
      alternative: right,
    })
  })

  it("is none where none erred less", () => {
    expect(choose(always(0), always(4))).toEqual({ paths })
    expect(choose()).toEqual({ paths })
  })

  it("can be paused at each trial of each", () => {
    const steps = chooseAlternative([always(4.5), always(7)], paths, values, { short: 1 }, trials)
    expect([...steps]).toHaveLength(2 * trials.origins.length)
  })

  it("takes the path itself where an alternative has nothing to say", () => {
    const late: Alternative = (one, _values, origin) => (origin === 4 ? one.map(() => 5) : undefined)
    expect(choose(late).paths).toEqual([Float64Array.of(4, 4), Float64Array.of(5, 5)])
  })
})

describe("the combined forecast", () => {
  it("is the usual value where all else are rare bursts", () => {
    const chance = noise(7, 1700)
    const history = chance.map((one, index) => (one > 0.04 ? 0 : index < 1200 ? 1e8 * (1 + one) : 2e4 * (1 + one)))
    expect(forecast(history, 72, { seasonLength: 288 }).mean).toEqual(new Array(72).fill(0))
  })

  it("knows the hour on a day whose points are far apart and whose level wanders", () => {
    const hour = [25, 0, 3, 0, 8, 0, 12, 0, 3, 0, 8, 0]
    const chance = noise(3, 4200).map((one) => one - 0.5)
    let level = 300
    const history = chance.slice(0, 2004).map((step, index) => {
      level += 4 * step
      const apart = 30 * (chance[2100 + index] as number) + (hour[index % 12] as number)
      return level + apart + 60 * Math.sin((2 * Math.PI * index) / 288)
    })
    const { mean } = forecast(history, 48, { seasonLength: 288 })
    for (let lead = 12; lead < 36; lead += 2) {
      const step = (mean[lead] as number) - (mean[lead + 1] as number)
      expect(Math.abs(step - (hour[lead % 12] as number))).toBeLessThan(9)
    }
  })
})
