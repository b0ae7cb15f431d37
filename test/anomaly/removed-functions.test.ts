import { describe, expect, it } from "vitest"
import { createHeldSeries } from "../../src/anomaly/watch/held-series.ts"
import { defaultSettings } from "../../src/anomaly/watch/settings.ts"
import { toSignals } from "../../src/anomaly/watch/signals.ts"
import { functionKeys } from "../../src/model/metrics.ts"
import { sampleSeries } from "../../src/testing/storage-contract/samples.ts"
import { openWatch, organisation } from "./open-watch.ts"

const minute = 60_000
const duration = functionKeys.duration
/** Duration has two series: that of the calls themselves is the other. */
const seriesOfOne = 2

describe("The series of a function that was removed", () => {
  it.each([
    ["make room for others at once", organisation, 0],
    ["are not those of another organisation's function", "another", 1],
  ])("%s", async (_, from, refused) => {
    const { join, learn, pass, warnings } = await openWatch()
    const process = join({ maxSeries: seriesOfOne })
    await learn(3, { key: duration, functionId: "first", count: 20 })
    await pass(minute)
    process.forget({ organisation: from, functionId: "first", name: "first" })
    await learn(3, { key: duration, functionId: "second", count: 20 })
    expect(warnings).toHaveLength(refused)
  })

  it("do not come back with its last minute", async () => {
    const { join, learn, warnings, removed, pass } = await openWatch()
    removed.add("gone")
    join({ maxSeries: seriesOfOne })
    await learn(2, { key: duration, functionId: "gone", count: 20 })
    await learn(2, { key: duration, functionId: "second", count: 20 })
    await pass(minute)
    expect(warnings).toEqual([])
  })

  it("are given up after an hour of rest where another process has removed it, and those of the others kept", async () => {
    const { storage } = await openWatch()
    const present = new Set(["first", "second"])
    const held = createHeldSeries({
      store: storage.anomalies,
      metrics: storage.metrics,
      maxSeries: 10,
      hasFunction: async (_, id) => present.has(id),
      warn: () => {},
    })
    const signals = ["first", "second"].flatMap((functionId) =>
      toSignals(sampleSeries(organisation, functionId, { key: duration, functionId })),
    )
    const wanted = signals.map((signal) => ({ signal, settings: defaultSettings }))
    const last = Date.UTC(2030, 0, 7)
    await held.ensure(wanted, last)
    for (const watched of held.all()) watched.at = last
    present.delete("first")

    const heldFunctions = () => new Set([...held.all()].map(({ signal }) => signal.series.functionId))
    for (let minutes = 1; minutes < 60; minutes++) await held.dropRemoved(last + minutes * minute)
    expect(heldFunctions()).toEqual(new Set(["first", "second"]))
    for (let minutes = 60; minutes < 120; minutes++) await held.dropRemoved(last + minutes * minute)
    expect(heldFunctions()).toEqual(new Set(["second"]))
  })
})
