import { describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { definePipeline, type Functions } from "../../src/index.ts"
import { onServer, preparePostgres } from "../storage/support/postgres.ts"
import { openService, rejectionOf } from "./service.ts"

let nowMs = Date.UTC(2026, 0, 1, 0, 0, 30)
const service = openService({ now: () => nowMs, queue: { pollMs: 5 } })
const source = "export default (event) => event"

/** The firings of the organisation's only trigger, once there are so many. */
async function firingsOf(functions: Functions, count: number) {
  const [trigger] = (await functions.triggers.list()).items
  for (;;) {
    const { items } = await functions.triggers.firings(trigger?.id ?? "")
    if (items.length >= count) return items
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe("a schedule", () => {
  it("calls its function when its time has come, and tells what for", async () => {
    const functions = service.functions.organisation("acme")
    const triggers = [{ type: "schedule", cron: "*/5 * * * *", input: { range: "day" } }] as const
    const { warnings } = await functions.deploy({ name: "report", source, config: { triggers } })
    expect(warnings).toEqual([])
    expect((await functions.triggers.list()).items).toMatchObject([{ nextAt: Date.UTC(2026, 0, 1, 0, 5) }])
    nowMs = Date.UTC(2026, 0, 1, 0, 5, 1)
    const [firing] = await firingsOf(functions, 1)
    expect(firing).toMatchObject({ cause: "schedule", key: "2026-01-01T00:05:00.000Z", outcome: "queued" })
    expect(firing?.event).toEqual({
      type: "schedule",
      trigger: "schedule",
      cron: "*/5 * * * *",
      timezone: "UTC",
      scheduledFor: "2026-01-01T00:05:00.000Z",
      firedAt: "2026-01-01T00:05:01.000Z",
      range: "day",
    })
    expect((await functions.triggers.list()).items).toMatchObject([
      { nextAt: Date.UTC(2026, 0, 1, 0, 10), lastFiredAt: nowMs },
    ])
  })

  it("runs its pipeline", async () => {
    const functions = service.functions.organisation("flows")
    await functions.deploy({ name: "echo", source })
    await functions.pipelines.define(definePipeline("nightly").on({ type: "cron", cron: "@hourly" }).step("echo"))
    nowMs = Date.UTC(2026, 0, 1, 1)
    const [firing] = await firingsOf(functions, 1)
    expect(await functions.pipelines.getRun(firing?.jobId ?? "")).toMatchObject({ pipeline: "nightly" })
  })

  it("is refused where it is none, by the field that is wrong, and nothing is stored", async () => {
    const functions = service.functions.organisation("wrong")
    const config = { triggers: [{ type: "schedule", cron: "0 0 31 2 *" }] } as const
    const refused = await rejectionOf(functions.deploy({ name: "never", source, config }))
    expect(refused).toMatchObject({ code: "FN_006", issues: [{ path: "triggers.0.cron" }] })
    const zone = { type: "schedule", cron: "@daily", timezone: "Mars/Olympus" } as const
    expect(await rejectionOf(functions.create({ name: "never", config: { triggers: [zone] } }))).toMatchObject({
      issues: [{ path: "triggers.0.timezone" }],
    })
    expect((await functions.list()).items).toEqual([])
    await functions.deploy({ name: "echo", source })
    const pipeline = definePipeline("never").on({ type: "schedule", cron: "61 * * * *" }).step("echo")
    expect(await rejectionOf(functions.pipelines.define(pipeline))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "triggers.0.cron" }],
    })
    expect(await rejectionOf(functions.update("echo", { triggers: [zone] }))).toMatchObject({ code: "FN_006" })
  })
})

describe("a schedule of a storage with a clock", () => {
  const storage = { ...sqlite(), clock: async () => Date.UTC(2040, 0, 1, 0, 0, 30) }
  const shared = openService({ storage })

  it("goes by that clock, however far the machine's own is off", async () => {
    const { functions } = shared
    const config = { triggers: [{ type: "schedule", cron: "@every_second" }] } as const
    await functions.deploy({ name: "report", source, config })
    const firings = await firingsOf(functions, 1)
    const first = firings.at(-1)
    expect(first).toMatchObject({ outcome: "queued" })
    expect(first?.scheduledFor).toBeGreaterThan(Date.UTC(2040, 0, 1))
  })
})

describe.skipIf(!onServer)("schedules of several processes on one PostgreSQL", () => {
  const postgres = preparePostgres()

  it("fire each time once, though clocks are off and one process is killed", async () => {
    const { runTicks } = await import("../../bench/tools/ticks.mjs")
    const skewsMs = [-2000, 0, 2000]
    const given = { url: postgres.url, schedules: 20, seconds: 8, skewsMs, killEveryMs: 6000, maxKills: 1 }
    expect(await runTicks(given)).toEqual({ ticks: 160, missed: 0, doubled: 0, kills: 1 })
  })
})
