import { describe, expect, it } from "vitest"
import type { ForecastRun } from "../../../src/index.ts"
import { day, hour, minute, monday, openKit, recordDays } from "./kit.ts"

const request = { key: "load", step: "1h", horizon: 24 } as const
const daily = { name: "Load of tomorrow", every: "daily", ...request } as const

describe("a schedule of forecasts", () => {
  it("makes one each time, whose runs are kept", async () => {
    const kit = await openKit()
    const { forecasts } = kit.functions
    const schedule = await forecasts.schedules.create(daily)
    expect(schedule).toMatchObject({
      ...{ name: "Load of tomorrow", every: "daily", request, status: "active" },
      nextAt: monday + 2 * minute,
    })
    await recordDays(kit, 3)
    await kit.clock.advance("10m")
    const { items } = await forecasts.schedules.runs(schedule.id)
    expect(items.map(({ status, scheduledFor }) => [status, scheduledFor])).toEqual([
      ["pending", monday + 4 * day + 2 * minute],
      ["completed", monday + 3 * day + 2 * minute],
      ["completed", monday + 2 * day + 2 * minute],
      ["completed", monday + day + 2 * minute],
      ["failed", monday + 2 * minute],
    ])
    const [, last] = items as [ForecastRun, ForecastRun]
    expect(last).toMatchObject({ attempts: 1, error: null, forecastId: last.id, endedAt: last.scheduledFor })
    expect(await forecasts.get(last.id)).toMatchObject({ key: "load", scheduleId: schedule.id, madeAt: last.endedAt })
    expect((await forecasts.list({ schedule: schedule.id })).items).toHaveLength(3)
    expect(await forecasts.schedules.get(schedule.id)).toMatchObject({ nextRunId: items[0]?.id })
    const first = await forecasts.schedules.runs(schedule.id, { limit: 1 })
    expect(first.items).toEqual([items[0]])
    const rest = await forecasts.schedules.runs(schedule.id, { limit: 4, cursor: first.next ?? "" })
    expect(rest).toEqual({ items: items.slice(1), next: null })
  })

  it.each([
    ["hourly", monday + 2 * minute, monday + hour + 2 * minute],
    ["daily", monday + 2 * minute, monday + day + 2 * minute],
    ["30 6 * * mon", monday + 6.5 * hour, monday + 7 * day + 6.5 * hour],
    ["*/15 * * * *", monday + 15 * minute, monday + 30 * minute],
  ])("comes at the times of %s, by days of UTC", async (every, first, second) => {
    const kit = await openKit()
    const { schedules } = kit.functions.forecasts
    const { id, nextAt } = await schedules.create({ ...daily, every })
    expect(nextAt).toBe(first)
    await kit.clock.advanceTo(first, { allowFailures: true })
    expect((await schedules.get(id)).nextAt).toBe(second)
  })

  it("tells why a run failed, and tries it again where it is asked to", async () => {
    const kit = await openKit()
    const { schedules, get } = kit.functions.forecasts
    const { id } = await schedules.create(daily)
    await kit.clock.advance("3m", { allowFailures: true })
    const [, failed] = (await schedules.runs(id)).items as [ForecastRun, ForecastRun]
    expect(failed).toMatchObject({
      ...{ status: "failed", attempts: 1, forecastId: null, endedAt: monday + 2 * minute },
      error: { code: "FN_001", message: expect.stringContaining("nothing was recorded") },
    })
    const { items: letters } = await kit.functions.deadLetters.list()
    expect(letters).toMatchObject([{ kind: "forecast", name: "Load of tomorrow", error: { code: "FN_001" } }])
    await schedules.pause(id)
    await recordDays(kit, 1)
    expect(await schedules.retry(id, failed.id)).toMatchObject({ id: failed.id, status: "pending" })
    await kit.drain()
    const [again] = (await schedules.runs(id)).items
    expect(again).toMatchObject({ id: failed.id, status: "completed", attempts: 2, error: null })
    expect(await get(failed.id)).toMatchObject({ scheduleId: id, madeAt: kit.clock.now() })
    await expect(schedules.retry(id, failed.id)).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: "run", message: "is completed: only what has failed is tried again" }],
    })
    await expect(schedules.retry(id, "missing")).rejects.toMatchObject({ code: "FN_001" })
    // A replayed dead letter is the same run, which is done.
    await kit.functions.deadLetters.replay(letters[0]?.id ?? "")
    await kit.drain()
    expect((await kit.functions.forecasts.list()).items).toHaveLength(1)
  })

  it("makes none while it is paused, and goes on from then when it is resumed", async () => {
    const kit = await openKit()
    await recordDays(kit, 2)
    const { schedules, list } = kit.functions.forecasts
    const { id } = await schedules.create({ ...daily, every: "hourly" })
    const paused = await schedules.pause(id)
    expect(paused).toMatchObject({ status: "paused", nextAt: null, nextRunId: null })
    expect(await schedules.pause(id)).toEqual(paused)
    expect((await schedules.runs(id)).items).toEqual([])
    await kit.clock.advance("5h")
    expect((await list()).items).toEqual([])
    const resumed = await schedules.resume(id)
    expect(resumed).toMatchObject({ status: "active", nextAt: kit.clock.now() + 2 * minute })
    expect(await schedules.resume(id)).toEqual(resumed)
    await kit.clock.advance("1h")
    expect((await list()).items).toHaveLength(1)
  })

  it("makes none once it is removed; what it made stays", async () => {
    const kit = await openKit()
    await recordDays(kit, 2)
    const { schedules, list } = kit.functions.forecasts
    const { id } = await schedules.create({ ...daily, every: "hourly" })
    await kit.clock.advance("1h")
    await schedules.remove(id)
    await kit.clock.advance("5h")
    expect((await list()).items).toHaveLength(1)
    expect((await schedules.runs(id)).items).toMatchObject([{ status: "completed" }])
    await expect(schedules.get(id)).rejects.toMatchObject({ code: "FN_001" })
    for (const gone of [schedules.remove, schedules.pause, schedules.resume]) {
      await expect(gone(id)).rejects.toMatchObject({ code: "FN_001" })
    }
    await expect(schedules.runs("missing")).rejects.toMatchObject({ code: "FN_001" })
  })

  it("comes once for all the times at which nobody was there", async () => {
    const kit = await openKit()
    await recordDays(kit, 2)
    const { schedules, list } = kit.functions.forecasts
    const { id } = await schedules.create({ ...daily, every: "hourly" })
    await kit.clock.jump("10h")
    expect((await list()).items).toMatchObject([{ madeAt: monday + 2 * day + 10 * hour }])
    expect((await schedules.get(id)).nextAt).toBe(monday + 2 * day + 10 * hour + 2 * minute)
  })

  it("is no concern of another organisation", async () => {
    const kit = await openKit()
    const { id } = await kit.functions.forecasts.schedules.create(daily)
    const { schedules } = kit.functions.organisation("other").forecasts
    expect(await schedules.list()).toEqual([])
    await expect(schedules.get(id)).rejects.toMatchObject({ code: "FN_001" })
    await expect(schedules.remove(id)).rejects.toMatchObject({ code: "FN_001" })
    await schedules.create(daily)
  })

  it("has a name of its own, and is listed in the order in which it was made", async () => {
    const kit = await openKit()
    const { schedules } = kit.functions.forecasts
    const first = await schedules.create(daily)
    await expect(schedules.create(daily)).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: "name", message: '"Load of tomorrow" is taken' }],
    })
    const second = await schedules.create({ ...daily, name: "Another" })
    expect(await schedules.list()).toEqual([first, second])
  })

  it.each([
    [{ every: "sometimes" }, "every"],
    [{ every: "* * * * * *" }, "every"],
    [{ every: "0,30 * * * * *" }, "every"],
    [{ every: "0 0 30 2 *" }, "every"],
    [{ name: "" }, "name"],
    [{ name: "two\nlines" }, "name"],
    [{ horizon: 0 }, "horizon"],
    [{ horizon: 721 }, "horizon"],
    [{ backend: "oracle" }, "backend"],
    [{ function: "gone" }, "function"],
    [{ extra: 1 }, "extra"],
  ])("is refused with %j, and nothing is kept", async (change, path) => {
    const kit = await openKit()
    const { schedules } = kit.functions.forecasts
    await expect(schedules.create({ ...daily, ...change } as never)).rejects.toMatchObject({
      ...{ code: "FN_006", issues: [{ path }] },
    })
    expect(await schedules.list()).toEqual([])
    expect((await kit.inspect()).jobs).toEqual([])
  })
})
