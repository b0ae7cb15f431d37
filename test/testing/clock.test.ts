import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { definePipeline } from "../../src/index.ts"
import { toMs } from "../../src/testing/kit/durations.ts"
import { createFakeTime } from "../../src/testing/kit/fake-time.ts"
import { testKits, timesOf } from "./kit.ts"

const openKit = testKits()
const echo = "export default (value) => value"

describe("the clock", () => {
  test("stands still until it is moved, also for functions, timers within a call excepted", async () => {
    const kit = await openKit({ startAt: "2026-03-01T12:00:00Z" })
    const source = `export default async () => {
      const before = Date.now()
      await new Promise((resolve) => setTimeout(resolve, 5))
      return [before, new Date().toISOString()]
    }`
    await kit.functions.deploy({ name: "now", source })
    expect(await kit.functions.invoke("now")).toEqual([Date.UTC(2026, 2, 1, 12), "2026-03-01T12:00:00.000Z"])
    await kit.clock.advance("36h")
    expect(await kit.functions.invoke("now")).toEqual([Date.UTC(2026, 2, 3), "2026-03-03T00:00:00.000Z"])
    expect(kit.clock.now()).toBe(Date.UTC(2026, 2, 3))
  })

  test("does whatever becomes due on the way at its own time, in order", async () => {
    const kit = await openKit()
    await kit.functions.deploy({ name: "echo", source: echo })
    await kit.functions.pipelines.define(
      definePipeline("twice")
        .step("echo")
        .wait(12 * 3600)
        .step("echo", { name: "again" }),
    )
    await kit.functions.enqueue("echo", "in two minutes", { delayMs: 120_000 })
    await kit.functions.enqueue("echo", "in one minute", { delayMs: 60_000 })
    await kit.functions.pipelines.start("twice", "pipeline")
    await kit.clock.advance("1d")
    expect(kit.calls("echo").map(({ input }) => input)).toEqual([
      "pipeline",
      "in one minute",
      "in two minutes",
      "pipeline",
    ])
    expect(timesOf(kit.calls("echo"))).toEqual([
      "2026-01-01T00:00:00.000Z",
      "2026-01-01T00:01:00.000Z",
      "2026-01-01T00:02:00.000Z",
      "2026-01-01T12:00:00.000Z",
    ])
  })

  test("stands at whole milliseconds, however its way there is written", async () => {
    const kit = await openKit({ startAt: "2026-03-01T12:00:00Z" })
    await kit.functions.deploy({ name: "echo", source: echo })
    await kit.functions.enqueue("echo", 1, { delayMs: 10.25 })
    await kit.clock.advance("0.0011h")
    await kit.clock.advance(0.4)
    await kit.clock.jump(1.5)
    expect(kit.clock.now()).toBe(Date.UTC(2026, 2, 1, 12) + 3962)
    expect(kit.calls("echo").map(({ at }) => Number.isInteger(at))).toEqual([true])
  })

  test("is at the time that it was moved to, though it was on its way elsewhere", async () => {
    const kit = await openKit()
    const noon = Date.UTC(2026, 0, 1, 12)
    const moves = [kit.clock.advance("1h"), kit.clock.advanceTo(noon)]
    await Promise.all(moves)
    expect(kit.clock.now()).toBe(noon)
    const late = [kit.clock.advance("1h"), kit.clock.advanceTo(noon + 60_000)]
    expect((await Promise.allSettled(late))[1]).toMatchObject({ status: "rejected", reason: expect.any(RangeError) })
    expect(kit.clock.now()).toBe(noon + 3_600_000)
  })

  test("stops short of what is due later", async () => {
    const kit = await openKit()
    await kit.functions.deploy({ name: "echo", source: echo })
    await kit.functions.enqueue("echo", 1, { delayMs: 60_000 })
    await kit.clock.advance(59_999)
    expect(kit.calls("echo")).toEqual([])
    await kit.clock.advance("1ms")
    expect(kit.calls("echo")).toMatchObject([{ input: 1, at: kit.clock.now() }])
  })

  test("jumps as if nobody had been there: what is due by then is done late", async () => {
    const kit = await openKit()
    await kit.functions.deploy({ name: "echo", source: echo })
    await kit.functions.enqueue("echo", "late", { delayMs: 60_000 })
    await kit.functions.enqueue("echo", "too late", { delayMs: 60_000, deadline: kit.clock.now() + 120_000 })
    await kit.clock.jump("3h", { allowFailures: true })
    expect(timesOf(kit.calls("echo"))).toEqual(["2026-01-01T03:00:00.000Z"])
    expect((await kit.inspect()).deadLetters).toMatchObject([{ input: "too late", error: { code: "FN_002" } }])
  })

  test("goes to a time, and never back", async () => {
    const kit = await openKit({ startAt: new Date(1000) })
    await kit.clock.advanceTo("1970-01-01T00:00:02Z")
    expect(kit.clock.now()).toBe(2000)
    await expect(kit.clock.advanceTo(1999)).rejects.toThrow("Cannot move the clock back to 1970-01-01T00:00:01.999Z")
    await expect(kit.clock.advanceTo("soon")).rejects.toThrow('Cannot read the time "soon"')
    await expect(kit.clock.advance("1 day" as never)).rejects.toThrow('Cannot move the clock by "1 day"')
  })

  test("makes values of kv expire", async () => {
    const kit = await openKit()
    const source = `import { kv } from "inlay/sdk"
      export default async (value) => value === null ? kv.get("key") : kv.set("key", value, { ttl: 3600 })`
    await kit.functions.deploy({ name: "keep", source })
    await kit.functions.invoke("keep", "hot")
    await kit.clock.advance("59m")
    expect(await kit.functions.invoke("keep", null)).toBe("hot")
    await kit.clock.advance("1m")
    expect(await kit.functions.invoke("keep", null)).toBeNull()
  })

  test("of one kit is not that of another", async () => {
    const [one, other] = await Promise.all([openKit(), openKit()])
    await one.clock.advance("1d")
    expect(one.clock.now() - other.clock.now()).toBe(86_400_000)
  })
})

test("A length of time has a number and a unit", () => {
  expect(["250ms", "90s", "1.5h", "2d", "1w", 7].map((text) => toMs(text as never))).toEqual([
    250, 90_000, 5_400_000, 172_800_000, 604_800_000, 7,
  ])
  for (const wrong of ["", "5", "-1s", "1y", -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => toMs(wrong as never)).toThrow(RangeError)
  }
})

test("Those who want to be woken are woken in the order of their times, and of their asking where these are the same", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ ms: fc.nat(20), isCancelled: fc.boolean() })), (asked) => {
      const time = createFakeTime(0)
      const woken: number[] = []
      for (const [index, { ms, isCancelled }] of asked.entries()) {
        const cancel = time.wakeAfter(ms, () => woken.push(index))
        if (isCancelled) cancel()
      }
      while (time.nextAt() !== Number.POSITIVE_INFINITY) {
        time.set(time.nextAt())
        for (let wake = time.takeDue(); wake; wake = time.takeDue()) wake()
      }
      const expected = asked
        .map(({ ms, isCancelled }, index) => ({ ms, isCancelled, index }))
        .filter(({ isCancelled }) => !isCancelled)
        .sort((a, b) => a.ms - b.ms || a.index - b.index)
        .map(({ index }) => index)
      expect(woken).toEqual(expected)
    }),
  )
})
