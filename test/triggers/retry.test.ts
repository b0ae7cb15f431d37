import fc from "fast-check"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { backoffMs, defaultRetry, isTransient, judgeStatus, readRetryAfter } from "../../src/model/retry.ts"

describe("the wait before another try", () => {
  it("is any part, from nothing on, of what grows with each try up to its bound", () => {
    const policy = { attempts: 9, delay: 2, maxDelay: 30, factor: 3 }
    const longest = [2, 6, 18, 30, 30].map((seconds) => seconds * 1000)
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (random) => {
        const waits = longest.map((_, index) => backoffMs(policy, index + 1, random))
        expect(waits).toEqual(longest.map((ms) => ms * random))
      }),
    )
    expect([1, 2, 3].map((attempt) => backoffMs(defaultRetry, attempt, 1))).toEqual([1000, 2000, 4000])
  })

  it("is what Retry-After asks for: seconds, or a date in any of its three forms", () => {
    const now = Date.UTC(1994, 10, 6, 8, 49)
    expect(readRetryAfter(" 120 ", now)).toBe(120_000)
    vi.stubEnv("TZ", "America/New_York")
    onTestFinished(() => void vi.unstubAllEnvs())
    const forms = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
    for (const date of forms) {
      expect(readRetryAfter(date, now)).toBe(37_000)
      expect(readRetryAfter(date, now + 60_000)).toBe(0)
    }
  })

  it.each(["", "soon 1", "-5", "1.5", "12345678901", "1e3", "Sun"])("is not that of %j", (text) => {
    expect(readRetryAfter(text, 0)).toBeUndefined()
  })
})

it("An answer is good, or passes by itself, or stays wrong, by its status", () => {
  const judged = (status: number) => judgeStatus(status)
  expect([200, 204, 302, 399].map(judged)).toEqual([undefined, undefined, undefined, undefined])
  expect([408, 425, 429, 500, 503, 599].map(judged)).toEqual(Array(6).fill("transient"))
  expect([400, 401, 403, 404, 409, 422].map(judged)).toEqual(Array(6).fill("final"))
})

it("An error passes by itself, or stays, by its code; what a function threw by its name too", () => {
  const passes = (name: string) =>
    [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((number) => isTransient({ code: `FN_00${number}` as "FN_001", name }))
  expect(passes("Error")).toEqual([2, 3, 4, 7, 8])
  for (const name of ["SyntaxError", "NonRetriableError", "ValidationError", "ZodError"]) {
    expect(passes(name)).toEqual([2, 3, 7, 8])
  }
})
