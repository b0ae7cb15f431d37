import { expect, test } from "vitest"
import { rhythm, weekMinutes } from "./simulated.ts"
import { type FunctionMinute, simulateFunction, watchFunction } from "./simulated-function.ts"

const seeds = [770_000, 770_131]
const learned = 2 * weekMinutes
const hour = 60

const faults: Readonly<Record<string, (seen: FunctionMinute, minute: number) => FunctionMinute>> = {
  "200 ms with errors": (seen) => ({ ...seen, duration: 200, failed: Math.ceil(0.3 * seen.calls) }),
  "200 ms": (seen) => ({ ...seen, duration: 200 }),
  "five minutes of errors": (seen, minute) =>
    minute < 5 ? { ...seen, failed: Math.ceil(0.3 * seen.calls) } : { ...seen, failed: 0 },
}

test("A function of two calls a minute: slow calls and errors are found within three minutes that have calls, told once or when they get worse, and clean weeks have one false alert at most", {
  timeout: 240_000,
}, async () => {
  for (const [index, seed] of seeds.entries()) {
    const minuteOf = simulateFunction({ calls: 2, spread: 0.3, failing: 0 }, seed)
    const watch = watchFunction()
    const begin = learned + index * 1_337
    let falseAlerts = 0
    for (let minute = 0; minute < begin; minute++) falseAlerts += (await watch.take(minute, minuteOf(minute))).length
    expect(falseAlerts, `of seed ${seed}`).toBeLessThanOrEqual(begin / weekMinutes)

    const next = Array.from({ length: hour }, (_, minute) => minuteOf(begin + minute))
    for (const [name, change] of Object.entries(faults)) {
      const fork = watch.fork()
      const found: number[] = []
      let called = 0
      for (const [minute, seen] of next.entries()) {
        if (seen.calls > 0) called++
        const some = await fork.take(begin + minute, change(seen, minute))
        found.push(...some.map(() => called))
      }
      expect(found[0], `${name} of seed ${seed}`).toBeLessThanOrEqual(3)
      expect(found.length, `${name} of seed ${seed}`).toBeLessThanOrEqual(2)
    }

    const silent = watch.fork()
    const silences: unknown[] = []
    for (let minute = begin; minute < begin + 2 * hour; minute++) {
      silences.push(...(await silent.take(minute, { calls: 0, duration: 0, memory: 0, failed: 0 })))
    }
    expect(silences, `of seed ${seed}`).toMatchObject([{ key: "function.calls", value: null }])
  }
})

test("A function of two calls a minute that falls silent is found within three minutes of when chance would have it so once in five weeks, at any time of the day", {
  timeout: 120_000,
}, async () => {
  const minuteOf = simulateFunction({ calls: 2, spread: 0.3, failing: 0 }, 770_257)
  const silent = { calls: 0, duration: 0, memory: 0, failed: 0 }
  // So many calls are missing by then: e to the minus of that is the chance.
  const missing = Math.log(5 * weekMinutes)
  const watch = watchFunction()
  for (let minute = 0; minute < learned; minute++) await watch.take(minute, minuteOf(minute))
  const late: number[] = []
  let lastCalled = learned
  for (let minute = learned; minute < learned + 24 * hour; minute++) {
    const seen = minuteOf(minute)
    await watch.take(minute, seen)
    if (seen.calls > 0) lastCalled = minute
    if (minute % 20 > 0) continue
    let possible = lastCalled
    for (let sum = 0; sum < missing; ) sum += 2 * rhythm(++possible)
    const fork = watch.fork()
    let found = minute
    while (found < minute + hour && (await fork.take(++found, silent)).length === 0);
    late.push(found - possible)
  }
  expect(late).toHaveLength(72)
  expect(late.filter((minutes) => minutes > 3).length, JSON.stringify(late)).toBeLessThanOrEqual(3)
  expect(Math.max(...late)).toBeLessThanOrEqual(6)
})

test("What a minute by itself confirms stays confirmed where the point that it completes is the more unusual of the two", {
  timeout: 60_000,
}, async () => {
  const minuteOf = simulateFunction({ calls: 6, spread: 0.3, failing: 0 }, 770_131)
  const watch = watchFunction()
  for (let minute = 0; minute < learned; minute++) await watch.take(minute, minuteOf(minute))
  const found: number[] = []
  const slowFrom = 55
  for (let minute = 0; minute < slowFrom + 20; minute++) {
    const seen = minuteOf(learned + minute)
    const some = await watch.take(
      learned + minute,
      minute < slowFrom ? seen : { ...seen, duration: 1.75 * seen.duration },
    )
    found.push(...some.map(() => minute - slowFrom))
  }
  expect(found[0]).toBe(14)
})
