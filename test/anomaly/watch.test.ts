import { describe, expect, it } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import { FunctionsError } from "../../src/index.ts"
import { functionKeys } from "../../src/model/metrics.ts"
import { temporaryPaths } from "../storage/support/sqlite.ts"
import { openWatch, organisation } from "./open-watch.ts"

const minute = 60_000
const temporaryPath = temporaryPaths()

describe("The watch on series", () => {
  it("tells of a value that a series never had, once, and of its silence", async () => {
    const { join, learn, pastMinute, told, list } = await openWatch()
    join()
    await learn(200)
    expect(told).toEqual([])
    for (const value of [90, 91, 90.5]) await pastMinute(value)
    await learn(200)
    expect(told).toMatchObject([{ key: "room.temperature", functionId: null, value: 90 }])
    for (let at = 0; at < 10; at++) await pastMinute(null)
    expect(told).toMatchObject([{ value: 90 }, { value: null, severity: "medium" }])
    expect(await list()).toMatchObject([{ id: told[1]?.id }, { id: told[0]?.id }])
  })

  it("brings nothing into the host's log that a terminal obeys", async () => {
    const { join, learn, pastMinute, warnings } = await openWatch()
    join()
    const options = { dimensions: { room: "\u009b31m\u001b[2J\u202ered\nanomaly" } }
    await learn(200, options)
    for (const value of [90, 91, 90.5]) await pastMinute(value, options)
    await pastMinute(20, options)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain("red")
    expect(warnings[0]).not.toMatch(/\p{Cc}|\u202e/u)
  })

  it("says nothing of a silence of a function that is gone", async () => {
    const { join, learn, pastMinute, told, removed } = await openWatch()
    join()
    await learn(200, { key: functionKeys.duration, functionId: "gone" })
    removed.add("gone")
    for (let at = 0; at < 10; at++) await pastMinute(null)
    expect(told).toEqual([])
  })

  it("is kept by one of two processes; the other goes on with what was learned where the first one stopped or fell", async () => {
    const { storage, time, join, learn, pastMinute, told, list, pass } = await openWatch(
      sqlite(temporaryPath("watch.db")),
    )
    const first = join()
    const second = join()
    await learn(1000)
    await pastMinute(90)
    await pass(minute)
    expect(told).toHaveLength(1)
    expect(await list()).toHaveLength(1)

    await first.stop()
    await learn(300)
    expect(told).toHaveLength(1)
    // What it learned comes from the first one and the windows: a new detector would say nothing yet.
    await pastMinute(-300)
    await pass(minute)
    expect(told.map(({ value }) => value)).toEqual([90, -300])

    // One that falls says nothing any more; after its lease a third goes on.
    await learn(130)
    await second.stop()
    await storage.anomalies.lead("fallen", time.now(), time.now() + 90_000)
    const third = join()
    for (let at = 0; at < 10; at++) await pastMinute(null)
    expect(told.map(({ value }) => value)).toEqual([90, -300, null])
    await third.stop()
  })

  it("goes on when the storage comes back, and tells what happened meanwhile, once", async () => {
    const { join, learn, pastMinute, told, failures, setDown, pass } = await openWatch()
    join()
    await learn(200)
    setDown(true)
    await pastMinute(90)
    await pastMinute(91)
    expect(failures.length).toBeGreaterThan(0)
    setDown(false)
    await pastMinute(90)
    await pass(minute)
    expect(told).toMatchObject([{ value: 90 }])
  })

  it("goes on after a clock that ran years ahead was put right, with what it has learned", async () => {
    const { storage, time, join, learn, pastMinute, told, pass } = await openWatch()
    const first = join()
    await learn(300)
    const right = time.now()
    time.set(right + 3650 * 86_400_000)
    await pastMinute(20)
    await pass(2 * minute)
    time.set(right)
    told.length = 0
    first.hint()
    await learn(10)
    for (const value of [-300, -301, -302]) await pastMinute(value)
    await pass(2 * minute)
    expect(told).toMatchObject([{ value: -300 }])
    await first.stop()

    // One that fell while its clock ran ahead holds the watch no longer than others do.
    const ahead = time.now() + 3650 * 86_400_000
    await storage.anomalies.lead("fallen", ahead, ahead + 90_000)
    const second = join()
    await learn(130)
    for (const value of [9000, 9001, 9002]) await pastMinute(value)
    await pass(2 * minute)
    expect(told.map(({ value }) => value)).toEqual([-300, 9000])
    await second.stop()
  })

  it("finds no silence in the time in which nobody watched", async () => {
    const { join, learn, told, pass } = await openWatch()
    const process = join()
    await learn(200)
    await process.stop()
    await pass(300 * minute)
    join()
    await learn(30)
    expect(told).toEqual([])
  })

  it("does not report again what is like something that was marked as expected, but what is not like it", async () => {
    for (const isMarked of [false, true]) {
      const { join, learn, pastMinute, told } = await openWatch()
      const process = join({ settings: { sensitivity: 0.7 } })
      await learn(1000)
      await pastMinute(60)
      await learn(300)
      expect(told.map(({ value }) => value)).toEqual([60])
      const id = told[0]?.id ?? ""
      if (isMarked) {
        const { expected } = await process.expect(organisation, id, "ada", "the oven")
        expect(expected).toEqual({ actor: "ada", at: expect.any(Number), reason: "the oven" })
      }
      await pastMinute(75)
      await learn(10)
      await pastMinute(-300)
      await learn(10)
      expect(told.map(({ value }) => value)).toEqual(isMarked ? [60, -300] : [60, 75, -300])
      expect(await process.unexpect(organisation, id)).toMatchObject({ id, expected: null })
    }
  })

  it("follows settings from the next minute on, and refuses those that are not valid", async () => {
    const { join, learn, pastMinute, told } = await openWatch()
    const process = join({ settings: { context: { before: 5 } } })
    expect(await process.getSettings(organisation, null)).toMatchObject({
      sensitivity: 0.5,
      context: { before: 5, after: 60 },
    })
    await learn(200)
    expect(await process.saveSettings(organisation, null, { enabled: false })).toMatchObject({ enabled: false })
    for (const value of [90, 91, 92]) await pastMinute(value)
    expect(told).toEqual([])
    await process.saveSettings(organisation, null, { weights: { value: 0, rhythm: 0, variability: 0 } })
    const wrong = { weights: { silence: 0 }, sensitivity: 2 }
    await expect(process.saveSettings(organisation, "f", wrong)).rejects.toThrow(/sensitivity/)
    await expect(process.saveSettings(organisation, "f", { weights: { silence: 0 } })).rejects.toThrow(FunctionsError)
    await expect(process.get(organisation, "missing")).rejects.toMatchObject({ code: "FN_001" })
    await expect(process.expect(organisation, "missing", "ada", undefined)).rejects.toMatchObject({ code: "FN_001" })
  })

  it("watches no more series than it may, and says so once; those that rest are put aside and come back as they were", async () => {
    const { join, learn, pastMinute, told, warnings, storage } = await openWatch()
    join({ maxSeries: 1 })
    await learn(1000)
    await learn(30, { key: "other" })
    expect(warnings.filter((message) => message.includes("maxSeries"))).toHaveLength(1)
    await learn(70, { key: "other" })
    expect(await storage.anomalies.readStates(organisation, ["room.temperature"])).toHaveLength(1)
    const silences = told.length
    for (let at = 0; at < 65; at++) await pastMinute(null)
    for (const value of [90, 91, 92]) await pastMinute(value)
    await pastMinute(20)
    expect(told.slice(silences)).toMatchObject([{ key: "room.temperature", value: 90 }])
  })
})
