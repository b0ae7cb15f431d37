import { expect, test } from "vitest"
import { Tail } from "../../src/anomaly/tail.ts"
import { FewValues } from "../../src/anomaly/watch/few-values.ts"
import { defaultSettings } from "../../src/anomaly/watch/settings.ts"
import { UnusualShares } from "../../src/anomaly/watch/unusual-shares.ts"
import { UnusualSizes } from "../../src/anomaly/watch/unusual-sizes.ts"
import { minuteMs, normal, rhythm, seeded, timeOf, weekMinutes } from "./simulated.ts"
import { type FunctionMinute, poisson, simulateFunction, watchFunction } from "./simulated-function.ts"

const weeks = 5
const seeds = Array.from({ length: 5 }, (_, index) => 884_000 + index * 211)
const certain = 0.7
const troubleMinutes = 120
/** Minutes of so many calls are not those of few. */
const enough = 10

type Minute = Pick<FunctionMinute, "calls" | "duration">

/** Of a cache: four of five calls hit it, and take a twentieth of the time. */
function simulateCache(calls: number, seed: number): (minute: number) => Minute {
  const random = seeded(seed)
  return (minute) => {
    const count = poisson(calls * rhythm(minute), random)
    if (count >= enough) return { calls: count, duration: 0 }
    let sum = 0
    for (let call = 0; call < count; call++) sum += (random() < 0.8 ? 5 : 100) * Math.exp(0.2 * normal(random))
    return { calls: count, duration: count === 0 ? 0 : sum / count }
  }
}

/** How many troubles the minutes of few calls tell of at once in clean weeks. */
function troublesOf(minuteOf: (minute: number) => Minute): number {
  const few = new FewValues("sizes", defaultSettings)
  let [troubles, latest] = [0, Number.NEGATIVE_INFINITY]
  for (let minute = 0; minute < weeks * weekMinutes; minute++) {
    const { calls, duration } = minuteOf(minute)
    if (calls === 0 || calls >= enough) continue
    const { unusual } = few.push({ at: timeOf(minute), count: calls, sum: calls * duration }, certain)
    if (unusual < certain || minute - latest < troubleMinutes) continue
    troubles++
    latest = minute
  }
  return troubles
}

const profiles: Readonly<Record<string, (seed: number) => (minute: number) => Minute>> = {
  "20 calls a minute, much alike": (seed) => simulateFunction({ calls: 20, spread: 0.3, failing: 0 }, seed),
  "10 calls a minute of very different durations": (seed) =>
    simulateFunction({ calls: 10, spread: 1.2, failing: 0 }, seed),
  "20 calls a minute that hit a cache or miss it": (seed) => simulateCache(20, seed),
  "10 calls a minute that hit a cache or miss it": (seed) => simulateCache(10, seed),
}

test("Clean functions are told of by their minutes of few calls once in five weeks at most, whatever their durations are like", {
  timeout: 240_000,
}, () => {
  const troubles = Object.entries(profiles).map(([name, simulate]) => ({
    name,
    counts: seeds.map((seed) => troublesOf(simulate(seed))),
  }))
  const total = troubles.flatMap(({ counts }) => counts).reduce((sum, one) => sum + one, 0)
  expect(total, JSON.stringify(troubles)).toBeLessThanOrEqual(troubles.length * seeds.length)
})

test("A function of 20 calls a minute has at most one false alert a week in five clean weeks", {
  timeout: 240_000,
}, async () => {
  const minuteOf = simulateFunction({ calls: 20, spread: 0.3, failing: 0 }, 41)
  const watch = watchFunction()
  let falseAlerts = 0
  for (let minute = 0; minute < weeks * weekMinutes; minute++) {
    falseAlerts += (await watch.take(minute, minuteOf(minute))).length
  }
  expect(falseAlerts).toBeLessThanOrEqual(weeks)
})

test("So many failures of few calls, in one minute or the last ten, are as rare as is said: the best of several spans is not taken for the only one", () => {
  const [rare, failing] = [1 / 1000, 0.05]
  for (const calls of [2, 5, 9]) {
    const random = seeded(4_100 + calls)
    const shares = new UnusualShares()
    let [pushed, surprising] = [0, 0]
    for (let minute = 0; minute < 20 * weekMinutes; minute++) {
      let sum = 0
      for (let call = 0; call < calls; call++) if (random() < failing) sum++
      const surprise = shares.push({ at: minute * minuteMs, count: calls, sum })
      if (minute < weekMinutes) continue
      pushed++
      if (surprise >= -Math.log(rare)) surprising++
    }
    expect(surprising / pushed, `${calls} calls a minute`).toBeLessThanOrEqual(rare)
  }
})

test("What is predicted of a tail that was seen a hundred times comes no more often than is said", () => {
  const rare = 1e-5
  const random = seeded(2_026)
  // Of exponential distances one knows how likely the least is that surprises so.
  const chances = Array.from({ length: 100 }, () => {
    const tail = new Tail()
    for (let point = 0; point < 5000; point++) tail.add(-Math.log(1 - random()))
    let distance = 0
    while (tail.prediction(distance) < -Math.log(rare)) distance += 0.05
    return Math.exp(-distance)
  })
  expect(chances.reduce((sum, one) => sum + one, 0) / chances.length).toBeLessThanOrEqual(rare)
})

test("Sizes go on from what is stored, and without the distances that were stored in another unit", () => {
  const random = seeded(31)
  const push = (sizes: UnusualSizes, sum: number) => sizes.push({ count: 1, sum })
  const sizes = new UnusualSizes()
  for (let minute = 0; minute < 3000; minute++) push(sizes, 50 * Math.exp(0.3 * normal(random)))
  const stored = JSON.parse(JSON.stringify(sizes))
  const { centre, tail } = stored
  const restored = new UnusualSizes(stored)
  const surprise = push(sizes, 200)
  expect(surprise).toBeGreaterThan(8)
  expect(push(restored, 200)).toBeCloseTo(surprise, 9)
  expect(push(new UnusualSizes({ centre, tail }), 200)).toBe(0)
})
