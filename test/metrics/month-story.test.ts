import { expect, onTestFinished, test } from "vitest"
import type { Invocation, Spread } from "../../src/index.ts"
import { createTestFunctions } from "../../src/testing/index.ts"
import { openFace } from "../http/support.ts"

const day = 86_400_000

/** The plain formulas, of values that are all at hand. */
function spreadOf(values: readonly number[]): Spread {
  const average = values.reduce((sum, value) => sum + value, 0) / values.length
  return { average, variance: values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length }
}

function expectSpread(shown: Spread, values: readonly number[]): void {
  const { average, variance } = spreadOf(values)
  expect(Math.abs(shown.average - average)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(average)))
  expect(Math.abs(shown.variance - variance)).toBeLessThanOrEqual(1e-6 * Math.max(1, variance))
}

test("a month's report shows daily averages and variances of time, resources and errors, as the calls' own records have them", async () => {
  const kit = await createTestFunctions({ startAt: "2026-09-30T12:00:00Z" })
  onTestFinished(() => kit.close())
  const { functions, clock } = kit
  await functions.deploy({
    name: "report-me",
    source: `export default ({ rounds, fails }) => {
      const kept = []
      for (let round = 0; round < rounds; round++) kept.push("x".repeat(round % 100))
      if (fails) throw new Error("no")
      return kept.length
    }`,
  })
  const calls = new Map<string, Invocation[]>()
  for (let count = 0; count < 33; count++) {
    const date = new Date(clock.now()).toISOString().slice(0, 10)
    const ofDay: Invocation[] = []
    // Weekends are quiet, and one day is silent.
    const weekday = new Date(clock.now()).getUTCDay()
    const most = date === "2026-10-13" ? 0 : weekday === 0 || weekday === 6 ? 2 : 5
    for (let index = 0; index < most; index++) {
      ofDay.push(await functions.run("report-me", { rounds: 200 * (count + index), fails: (count + index) % 4 === 0 }))
    }
    if (ofDay.length > 0) calls.set(date, ofDay)
    await clock.advance(day)
  }
  const http = openFace(functions as never)
  const answer = await http("GET", "/functions/report-me/report?month=2026-10")
  const report = (await answer.json()) as Awaited<ReturnType<typeof functions.metrics.report>>
  expect(report).toEqual(await functions.metrics.report("report-me", { month: "2026-10" }))

  const dates = [...calls.keys()].filter((date) => date.startsWith("2026-10"))
  expect(dates).toHaveLength(30)
  expect(report.days.map(({ date }) => date)).toEqual(dates)
  const all = dates.flatMap((date) => calls.get(date) ?? [])
  for (const shown of [...report.days, { date: "", ...report.total }]) {
    const own = shown.date === "" ? all : (calls.get(shown.date) ?? [])
    expect(shown.invocations).toBe(own.length)
    expectSpread(
      shown.durationMs,
      own.map(({ durationMs }) => durationMs),
    )
    expectSpread(
      shown.cpuMs,
      own.map(({ cpuMs }) => cpuMs),
    )
    expectSpread(
      shown.memoryBytes,
      own.map(({ memoryBytes }) => memoryBytes),
    )
    expectSpread(
      shown.errorRate,
      own.map(({ status }) => (status === "failed" ? 1 : 0)),
    )
  }
  expect(report.before).toMatchObject({ month: "2026-09", total: { invocations: 5 } })
  expect(report.trend.invocations).toBeCloseTo(all.length / 5 - 1)
})
