import { describe, expect, test } from "vitest"
import { definePipeline } from "../../src/index.ts"
import { testKits, timesOf } from "./kit.ts"

const openKit = testKits()
const echo = "export default (event) => event"

describe("a schedule", () => {
  test("fires at each of its times while the clock is moved, over the change of clocks too", async () => {
    const kit = await openKit({ startAt: "2026-03-27T12:00:00Z" })
    const triggers = [{ type: "schedule", cron: "30 2 * * *", timezone: "Europe/Berlin" }] as const
    await kit.functions.deploy({ name: "nightly", source: echo, config: { triggers } })
    await kit.clock.advance("4d")
    // On the 29th, clocks go from 02:00 to 03:00.
    expect(timesOf(kit.calls("nightly"))).toEqual([
      "2026-03-28T01:30:00.000Z",
      "2026-03-29T01:00:00.000Z",
      "2026-03-30T00:30:00.000Z",
      "2026-03-31T00:30:00.000Z",
    ])
    expect(kit.calls("nightly")[0]?.input).toMatchObject({ scheduledFor: "2026-03-28T01:30:00.000Z" })
    expect((await kit.inspect()).firings).toMatchObject(Array(4).fill({ cause: "schedule", outcome: "queued" }))
  })

  test("fires in turn with waits and tries, a year of it in one go", async () => {
    const kit = await openKit()
    await kit.mock("report", () => "done")
    await kit.functions.pipelines.define(
      definePipeline("monthly").on({ type: "schedule", cron: "0 0 1 * *" }).wait(86_400).step("report"),
    )
    await kit.clock.advance("365d")
    expect(timesOf(kit.calls("report")).map((time) => time.slice(0, 10))).toEqual([
      ...["2026-02-02", "2026-03-02", "2026-04-02", "2026-05-02", "2026-06-02", "2026-07-02"],
      ...["2026-08-02", "2026-09-02", "2026-10-02", "2026-11-02", "2026-12-02"],
    ])
    expect((await kit.inspect()).runs.filter(({ status }) => status === "waiting")).toHaveLength(1)
  })

  test.each([
    ["none", []],
    ["last", ["2026-01-01T02:00:00.000Z"]],
    [
      "all",
      ["2026-01-01T00:30:00.000Z", "2026-01-01T01:00:00.000Z", "2026-01-01T01:30:00.000Z", "2026-01-01T02:00:00.000Z"],
    ],
  ] as const)("makes up for what a jump of the clock has missed as its catchUp says: %s", async (catchUp, missed) => {
    const kit = await openKit()
    const triggers = [{ type: "schedule", cron: "*/30 * * * *", catchUp }] as const
    await kit.functions.deploy({ name: "often", source: echo, config: { triggers } })
    await kit.drain()
    await kit.clock.jump("130m")
    const fired = kit.calls("often").map(({ input }) => (input as { scheduledFor: string }).scheduledFor)
    expect(fired).toEqual(missed)
    expect(new Set(timesOf(kit.calls("often")))).toEqual(new Set(missed.length > 0 ? ["2026-01-01T02:10:00.000Z"] : []))
  })

  test("that is paused fires nothing", async () => {
    const kit = await openKit()
    const triggers = [{ type: "schedule", cron: "0 * * * *" }] as const
    await kit.functions.deploy({ name: "hourly", source: echo, config: { triggers } })
    const { items } = await kit.functions.triggers.list()
    await kit.clock.advance("1h")
    await kit.functions.triggers.pause(items[0]?.id ?? "")
    await kit.clock.advance("1d")
    expect(timesOf(kit.calls("hourly"))).toEqual(["2026-01-01T01:00:00.000Z"])
  })
})
