import { afterEach, expect, it } from "vitest"
import { createMetrics } from "../../src/metrics/create-metrics.ts"
import { createFakeTime } from "../../src/testing/kit/fake-time.ts"
import { newId } from "../../src/util/id.ts"
import { openMemoryStorage } from "./memory-storage.ts"
import { recordOf } from "./records.ts"

const minute = 60_000
const minutes = 5
const perMinute = 200_000
const perTurn = 2_000
const begin = Date.UTC(2030, 0, 1)
const functionIds = ["f", "g", "h"]

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** The same long-tailed durations each time; eighths of a millisecond, whose sums have no rounding. */
function createDurations(): () => number {
  let state = 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.ceil((2 * 8) / (1 - state / 2 ** 32) ** 0.7) / 8
  }
}

it("a million calls are counted exactly while others ask, and their quantiles are within a hundredth", async () => {
  const storage = await openMemoryStorage()
  const time = createFakeTime(begin)
  const metrics = createMetrics({
    // Of each call only what it adds to its minute: rows are another matter, and take their time.
    storage: { metrics: storage.metrics, invocations: { ...storage.invocations, insert: async () => {} } },
    now: time.now,
    wakeAfter: time.wakeAfter,
    newId,
    tell: () => {},
    logger: { warn: (message) => expect.fail(message) },
    onError: (error) => expect.fail(String(error)),
  })
  ends.push(metrics.close, storage.close)
  const range = { from: begin, to: begin + minutes * minute }
  const read = async (functionId?: string) => {
    const query = { key: "function.duration_ms", step: "1m", range }
    return (await metrics.query("a", functionId, query, { limit: 100 })).items
  }
  const counted = async () => (await read()).reduce((sum, { count }) => sum + count, 0)

  const nextDuration = createDurations()
  const exact: Float64Array[] = []
  const ofFunctions = functionIds.map(() => 0)
  let recorded = 0
  let asked = 0
  const checks: Promise<void>[] = []
  const ask = () => {
    const atLeast = recorded
    const check = counted().then((count) => {
      asked++
      expect(count).toBeGreaterThanOrEqual(atLeast)
      expect(count).toBeLessThanOrEqual(recorded)
    })
    checks.push(check)
    return new Promise((resolve) => setImmediate(resolve))
  }
  for (let index = 0; index < minutes; index++) {
    const durations = new Float64Array(perMinute)
    for (let place = 0; place < perMinute; place++) {
      const durationMs = nextDuration()
      durations[place] = durationMs
      const which = place % functionIds.length
      ofFunctions[which] = (ofFunctions[which] ?? 0) + 1
      const endedAt = begin + index * minute + (place % minute)
      const functionId = functionIds[which] as string
      metrics.record(recordOf({ id: "1", functionId, name: functionId, startedAt: endedAt, endedAt, durationMs }))
      recorded++
      if (place % perTurn === 0) await ask()
    }
    exact.push(durations.sort())
    time.set(begin + (index + 1) * minute + 1_000)
    for (let due = time.takeDue(); due; due = time.takeDue()) void due()
    // What is being written is in the storage and in the process, and counts once.
    const writing = metrics.flushWindows()
    for (let turn = 0; turn < 20; turn++) await ask()
    await writing
  }
  await Promise.all(checks)
  await metrics.flushWindows()

  expect(recorded).toBe(1_000_000)
  expect(asked).toBe(recorded / perTurn + minutes * 20)
  const points = await read()
  expect(points.map(({ at, count }) => [at, count])).toEqual(
    exact.map((_, index) => [begin + index * minute, perMinute]),
  )
  for (const [index, point] of points.entries()) {
    const sorted = exact[index] as Float64Array
    expect(point.sum).toBe(sorted.reduce((sum, value) => sum + value))
    expect([point.min, point.max]).toEqual([sorted[0], sorted.at(-1)])
    for (const percent of [50, 95, 99] as const) {
      const value = sorted[Math.ceil((percent * perMinute) / 100) - 1] as number
      expect(Math.abs(point[`p${percent}`] / value - 1)).toBeLessThanOrEqual(0.01)
    }
  }
  for (const [which, functionId] of functionIds.entries()) {
    const own = (await read(functionId)).reduce((sum, { count }) => sum + count, 0)
    expect(own).toBe(ofFunctions[which])
    expect(metrics.prometheus("a")).toContain(`function="${functionId}"} ${own}\n`)
  }
}, 120_000)
