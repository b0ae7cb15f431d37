import { describe, expect, it } from "vitest"
import { defaultAlertRules } from "../../src/index.ts"
import { createTestFunctions } from "../../src/testing/index.ts"
import { openKit } from "./kit.ts"

describe("the default rules", () => {
  it("hold for every organisation, of errors, slow calls, memory, timeouts and deployments", async () => {
    const { functions } = await openKit({ defaultRules: defaultAlertRules })
    const rules = await functions.alerts.rules.list()
    expect(rules.map(({ id, isDefault }) => [id, isDefault])).toEqual([
      ["default-errors", true],
      ["default-slow-calls", true],
      ["default-memory", true],
      ["default-timeouts", true],
      ["default-failed-deployments", true],
    ])
    expect(await functions.organisation("other").alerts.rules.get("default-errors")).toMatchObject({
      organisation: "other",
      condition: { metric: "errorRate", operator: "gt", threshold: 0.05 },
    })
  })

  it("tell of many errors and of a deployment that failed, without being set up", async () => {
    const { functions, kit, notifier } = await openKit({ defaultRules: defaultAlertRules })
    for (let index = 0; index < 10; index++) await functions.run("work", { fails: index < 2 })
    await expect(functions.deploy({ name: "broken", source: "export default (" })).rejects.toThrow()
    await kit.clock.advance("70s", { allowFailures: true })
    expect(notifier.told.map(({ title }) => title)).toEqual([
      "Alert [medium] Failed deployments: broken",
      "Alert [high] Many errors: work",
    ])
    expect(notifier.told[0]?.lines[0]).toMatch(/^A deployment of broken by host failed with FN_/)
    expect(notifier.told[0]?.alert?.occasion).toMatchObject({ finding: { type: "deployment", actor: "host" } })
  })

  it("tell of calls that leave little memory, by what the function may use", async () => {
    const { functions, kit, notifier } = await openKit({ defaultRules: defaultAlertRules })
    await functions.deploy({
      name: "large",
      source: "export default () => { const kept = []; while (kept.length < 61) kept.push(new Uint8Array(1_000_000)) }",
      config: { memory: 64 },
    })
    for (let index = 0; index < 3; index++) await functions.run("large")
    await kit.clock.advance("2s", { allowFailures: true })
    expect(notifier.told.map(({ title }) => title)).toEqual(["Alert [medium] Little memory left: large"])
    expect(notifier.told[0]?.lines[0]).toMatch(/^large used 9\d(\.\d+)? % of its memory, over 90\.$/)
  })

  it("can be replaced and disabled by an organisation, and come back when that rule is removed", async () => {
    const { functions, kit, told } = await openKit({ defaultRules: defaultAlertRules })
    const { rules } = functions.alerts
    const many = { name: "Many errors", condition: { type: "failure" } } as const
    const off = await rules.replace("default-errors", { ...many, enabled: false })
    expect(off).toMatchObject({ id: "default-errors", isDefault: false, enabled: false, createdAt: kit.clock.now() })
    expect((await rules.list()).map(({ id }) => id)).toHaveLength(5)
    for (let index = 0; index < 10; index++) await functions.run("work", { fails: true })
    await kit.clock.advance("2m", { allowFailures: true })
    expect(told()).toEqual([])
    await rules.remove("default-errors")
    expect(await rules.get("default-errors")).toMatchObject({ isDefault: true, enabled: true })
    await expect(rules.remove("default-errors")).rejects.toMatchObject({ code: "FN_006" })
    await expect(rules.remove("default-none")).rejects.toMatchObject({ code: "FN_001" })
  })

  it("are the host's to choose", async () => {
    const own = { name: "Any failure", condition: { type: "failure" } } as const
    const { functions, fail, told } = await openKit({ defaultRules: { failures: own } })
    expect((await functions.alerts.rules.list()).map(({ name }) => name)).toEqual(["Any failure"])
    await fail()
    expect(told()).toEqual(["firing"])
    const wrong = { ...own, channels: ["nowhere"] }
    await expect(createTestFunctions({ alerts: { defaultRules: { wrong } } })).rejects.toThrow(/defaultRules\.wrong/)
    await expect(createTestFunctions({ alerts: { defaultRules: { "A b": own } } })).rejects.toThrow(TypeError)
  })
})
