import { describe, expect, it } from "vitest"
import { failures, hour, openKit } from "./kit.ts"

describe("an alert", () => {
  it("is told once, with what happened, and counts what follows", async () => {
    const { functions, notifier, fail, kit } = await openKit()
    await functions.alerts.rules.create({ ...failures, severity: "critical" })
    await fail()
    await fail()
    await kit.clock.advance("5s")
    expect(notifier.told).toHaveLength(1)
    expect(notifier.told[0]).toMatchObject({
      reason: "firing",
      title: "Alert [critical] Failures: work",
      alert: { function: "work", status: "firing", occasion: { error: { code: "FN_004", message: "out of paper" } } },
    })
    expect(notifier.told[0]?.lines[0]).toBe("work failed with FN_004: out of paper")
    const { items } = await functions.alerts.list()
    expect(items).toMatchObject([{ status: "firing", count: 2, notifications: 1, severity: "critical" }])
  })

  it("is told again while it goes on, as often as its rule says", async () => {
    const { functions, fail, told, kit } = await openKit()
    await functions.alerts.rules.create({ ...failures, repeatAfterMs: hour, resolveAfterMs: 2 * hour })
    await fail()
    await kit.clock.advance("59m")
    await fail()
    await kit.clock.advance("2m")
    await fail()
    await kit.clock.advance("1s")
    expect(told()).toEqual(["firing", "repeated"])
  })

  it("resolves by itself when nothing has happened for long enough, and the next one is another", async () => {
    const { functions, fail, told, kit } = await openKit()
    await functions.alerts.rules.create({ ...failures, resolveAfterMs: 600_000 })
    await fail()
    await kit.clock.advance("9m")
    expect(told()).toEqual(["firing"])
    await kit.clock.advance("2m")
    expect(told()).toEqual(["firing", "resolved"])
    await fail()
    expect(told()).toEqual(["firing", "resolved", "firing"])
    const { items } = await functions.alerts.list()
    expect(items.map(({ status, resolvedBy }) => [status, resolvedBy])).toEqual([
      ["firing", null],
      ["resolved", null],
    ])
  })

  it("that somebody looks after is not told again, until it is over", async () => {
    const { kit, functions, fail, told } = await openKit()
    await functions.alerts.rules.create({ ...failures, repeatAfterMs: 60_000, resolveAfterMs: hour })
    await fail()
    const [alert] = (await functions.alerts.list()).items
    const ada = kit.functions.organisation("default", { actor: "ada" })
    expect(await ada.alerts.acknowledge(alert?.id ?? "")).toMatchObject({
      status: "acknowledged",
      acknowledgedBy: "ada",
      acknowledgedAt: kit.clock.now(),
    })
    await kit.clock.advance("10m")
    await fail()
    await kit.clock.advance("2s")
    expect(told()).toEqual(["firing"])
    expect(await ada.alerts.resolve(alert?.id ?? "")).toMatchObject({ status: "resolved", resolvedBy: "ada", count: 2 })
    await kit.drain()
    expect(told()).toEqual(["firing", "resolved"])
    await expect(ada.alerts.acknowledge(alert?.id ?? "")).rejects.toMatchObject({ code: "FN_006" })
  })

  it("fires only where it happens often enough in time", async () => {
    const { functions, fail, told, kit } = await openKit()
    await functions.alerts.rules.create({
      ...failures,
      condition: { type: "failure", times: 3, withinMs: 60_000 },
    })
    await fail()
    await fail()
    await kit.clock.advance("2m")
    expect((await functions.alerts.list()).items).toEqual([])
    await fail()
    await kit.clock.advance("10s")
    await fail()
    expect((await functions.alerts.list({ status: "pending" })).items).toMatchObject([{ count: 2 }])
    await kit.clock.advance("10s")
    await fail()
    expect(told()).toEqual(["firing"])
  })

  it("fires where it happened often enough in any time of that length, not only from its first on", async () => {
    const { functions, notifier, fail, told, kit } = await openKit()
    await functions.alerts.rules.create({ ...failures, condition: { type: "failure", times: 3, withinMs: 60_000 } })
    await fail()
    await kit.clock.advance("50s")
    await fail()
    await kit.clock.advance("11s")
    await fail()
    expect((await functions.alerts.list({ status: "pending" })).items).toMatchObject([{ count: 2 }])
    await kit.clock.advance("9s")
    await fail()
    expect(told()).toEqual(["firing"])
    expect(notifier.told[0]?.alert).toMatchObject({ count: 3, status: "firing" })
    expect(notifier.told[0]?.alert).not.toHaveProperty("recent")
  })

  it("is about one function, and a rule for one is about no other", async () => {
    const { kit, functions, notifier } = await openKit()
    await functions.deploy({ name: "other", source: "export default () => { throw new Error('no') }" })
    await functions.alerts.rules.create({ ...failures, name: "Of work", function: "work" })
    await functions.alerts.rules.create({ ...failures, name: "Of all" })
    await functions.run("other")
    await functions.run("work", { fails: true })
    await kit.drain({ allowFailures: true })
    expect(notifier.told.map(({ alert }) => [alert?.rule.name, alert?.function]).sort()).toEqual([
      ["Of all", "other"],
      ["Of all", "work"],
      ["Of work", "work"],
    ])
  })

  it("is no concern of another organisation", async () => {
    const { kit, functions, notifier } = await openKit()
    await functions.alerts.rules.create(failures)
    const other = kit.functions.organisation("other")
    await other.deploy({ name: "work", source: "export default () => { throw new Error('no') }" })
    await other.run("work")
    await kit.drain({ allowFailures: true })
    expect(notifier.told).toEqual([])
    expect((await other.alerts.list()).items).toEqual([])
  })

  it("of a rule for slow calls names how long it took, and what it was allowed", async () => {
    const { kit, functions, notifier } = await openKit()
    await functions.deploy({
      name: "slow",
      source: "export default () => new Promise((done) => setTimeout(done, 40))",
    })
    await functions.alerts.rules.create({
      name: "Slow calls",
      function: "slow",
      condition: { type: "call", metric: "durationMs", operator: "gt", threshold: 20 },
    })
    await functions.run("work", {})
    const { durationMs, id } = await functions.run("slow")
    await kit.drain()
    expect(notifier.told).toHaveLength(1)
    const rounded = Math.round(durationMs * 100) / 100
    expect(notifier.told[0]?.lines).toContain(`slow took ${rounded} ms, over 20.`)
    expect(notifier.told[0]?.lines).toContain(`Call: ${id}`)
  })
})

describe("a list of alerts", () => {
  it("of a status that is none is refused", async () => {
    const { functions } = await openKit()
    await expect(functions.alerts.list({ status: "open" as "firing" })).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: "status", message: "is none of pending, firing, acknowledged, suppressed, resolved" }],
    })
  })
})
