import { describe, expect, it } from "vitest"
import { functionKeys } from "../../src/model/metrics.ts"
import { openWatch } from "./open-watch.ts"

const minute = 60_000
const egress = { key: functionKeys.egress, functionId: "f" }

describe("What a function sends", () => {
  it("is found within half a minute where it is far more than ever, once, though the minute goes on and the storage fails", async () => {
    const watch = await openWatch()
    const { hint } = watch.join()
    await watch.learn(10_100, egress)
    hint()
    await watch.pass(6000)
    expect(watch.told).toEqual([])
    const at = Math.floor(watch.time.now() / minute) * minute
    watch.setPresent(egress.key, egress.functionId, 20_000)
    watch.setDown(true)
    await watch.pass(6000)
    expect([watch.told, watch.failures.length]).toEqual([[], 1])
    watch.setDown(false)
    await watch.pass(20_000)
    expect(watch.told).toMatchObject([{ key: egress.key, functionId: "f", at, value: 20_000 }])
    expect(await watch.list()).toEqual(watch.told)
    watch.setPresent(egress.key, egress.functionId, 30_000)
    await watch.pastMinute(30_000, egress)
    await watch.pass(minute)
    expect(watch.told).toHaveLength(1)
  })

  it("is not told while a minute goes on where it is no more than lately, or less", async () => {
    const watch = await openWatch()
    const { hint } = watch.join()
    await watch.learn(300, egress)
    hint()
    await watch.pass(6000)
    for (const sum of [0.001, 5, 20, 21]) {
      watch.setPresent(egress.key, egress.functionId, sum)
      await watch.pass(10_000)
    }
    expect(watch.told).toEqual([])
    expect(watch.failures).toEqual([])
  })
})
