import { onTestFinished } from "vitest"
import { createTestFunctions, type TestFunctionsOptions, type TestKit } from "../../../src/testing/index.ts"

/** Milliseconds. */
export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** Milliseconds of a UTC midnight, a Monday. */
export const monday: number = Date.UTC(2026, 0, 5)

/** A value of each hour: a wave of a day about 100, without any noise. */
export function wave(at: number): number {
  return 100 + 40 * Math.sin((2 * Math.PI * (at % day)) / day)
}

/** A kit whose clock begins on a Monday. */
export async function openKit(options: TestFunctionsOptions = {}): Promise<TestKit> {
  const kit = await createTestFunctions({ startAt: monday, ...options })
  onTestFinished(() => kit.close())
  return kit
}

/** Records a value for each step of some days, and moves the clock along to their end. */
export async function recordDays(
  { functions, clock }: TestKit,
  days: number,
  {
    key = "load",
    stepMs = hour,
    valueAt = wave,
  }: { key?: string; stepMs?: number; valueAt?: (at: number) => number | null } = {},
): Promise<void> {
  for (let count = 0; count < days; count++) {
    const begin = clock.now()
    await clock.advance("1d", { allowFailures: true })
    const points = Array.from({ length: day / stepMs }, (_, index) => begin + index * stepMs).flatMap((at) => {
      const value = valueAt(at)
      return value === null ? [] : [{ key, value, at }]
    })
    // So many are taken at once.
    for (let first = 0; first < points.length; first += 1000) {
      functions.metrics.record(points.slice(first, first + 1000))
    }
  }
}
