import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { AlertRuleInput } from "../../src/index.ts"
import { createTestFunctions, type TestKit } from "../../src/testing/index.ts"
import { failures, hour, openKit } from "./kit.ts"
import { createRecordingNotifier } from "./recording-notifier.ts"

describe("a silence", () => {
  it("keeps alerts from being told, until it is over", async () => {
    const { kit, functions, fail, told } = await openKit()
    await functions.alerts.rules.create({ ...failures, resolveAfterMs: 6 * hour })
    const until = kit.clock.now() + hour
    const silence = await functions.alerts.silences.create({ function: "work", until, reason: "maintenance" })
    await fail()
    expect((await functions.alerts.list()).items).toMatchObject([{ status: "suppressed", notifications: 0 }])
    await kit.clock.advance("61m")
    expect(await functions.alerts.silences.list()).toEqual([])
    await fail()
    expect(told()).toEqual(["firing"])
    await expect(functions.alerts.silences.remove("none")).rejects.toMatchObject({ code: "FN_001" })
    await functions.alerts.silences.remove(silence.id)
  })

  it("of another rule or function covers nothing else", async () => {
    const { kit, functions, fail, told } = await openKit()
    const rule = await functions.alerts.rules.create(failures)
    await functions.deploy({ name: "other", source: "export default () => {}" })
    const until = kit.clock.now() + hour
    await functions.alerts.silences.create({ function: "other", ruleId: rule.id, until, reason: "other" })
    await fail()
    expect(told()).toEqual(["firing"])
  })
})

/** Conditions with something wrong in them. */
const threshold = (wrong: object) => ({
  type: "threshold",
  metric: "durationMs",
  operator: "gt",
  threshold: 1,
  ...wrong,
})
const forecast = (wrong: object) => ({ ...threshold({ type: "forecast", horizonHours: 1 }), ...wrong })

describe("what is not valid", () => {
  let kit: TestKit
  beforeAll(async () => {
    kit = await createTestFunctions({ alerts: { channels: { ops: createRecordingNotifier() }, defaultRules: {} } })
  })
  afterAll(() => kit.close())

  it.each<[unknown, string]>([
    [{ ...failures, name: "" }, "name"],
    [{ ...failures, name: "a\nb" }, "name"],
    [{ ...failures, severity: "urgent" }, "severity"],
    [{ ...failures, channels: ["nowhere"] }, "channels.0"],
    [{ ...failures, function: "missing" }, "function"],
    [{ ...failures, repeatAfterMs: Number.NaN }, "repeatAfterMs"],
    [{ ...failures, resolveAfterMs: 0 }, "resolveAfterMs"],
    [{ ...failures, sevrity: "high" }, "sevrity"],
    [{ ...failures, condition: { type: "failure", codes: ["FN_999"] } }, "condition.codes.0"],
    [{ ...failures, condition: { type: "weather" } }, "condition.type"],
    [{ ...failures, function: "a b" }, "function"],
    [{ ...failures, labels: { "": "x" } }, "labels."],
    [{ ...failures, labels: { team: "a\u2028b" } }, "labels.team"],
    [{ ...failures, condition: threshold({ metric: undefined }) }, "condition.metric"],
    [{ ...failures, condition: threshold({ metric: "orders.paid" }) }, "condition.metric"],
    [{ ...failures, condition: threshold({ metric: "function.wrong" }) }, "condition.metric"],
    [{ ...failures, condition: threshold({ metric: "a b" }) }, "condition.metric"],
    [{ ...failures, condition: threshold({ threshold: Number.NaN }) }, "condition.threshold"],
    [{ ...failures, condition: threshold({ threshold: "5" }) }, "condition.threshold"],
    [{ ...failures, condition: threshold({ statistic: "p42" }) }, "condition.statistic"],
    [{ ...failures, condition: threshold({ metric: "errorRate", statistic: "max" }) }, "condition.statistic"],
    [{ ...failures, condition: threshold({ windowMs: 90_500 }) }, "condition.windowMs"],
    [{ ...failures, condition: threshold({ windowMs: 5_400_000 }) }, "condition.windowMs"],
    [{ ...failures, condition: threshold({ windowMs: 7_200_000, forMs: 60_000 }) }, "condition.forMs"],
    [{ ...failures, condition: threshold({ forMs: 61 * 60_000 }) }, "condition.forMs"],
    [{ ...failures, condition: threshold({ minCount: -1 }) }, "condition.minCount"],
    [{ ...failures, condition: threshold({ dimensions: { "a\nb": "x" } }) }, "condition.dimensions.a\nb"],
    [{ ...failures, condition: { type: "rate", metric: "durationMs", per: "day", maximum: 1 } }, "condition.per"],
    [
      { ...failures, condition: { type: "rate", metric: "durationMs", per: "hour", maximum: 1, windowMs: 60_000 } },
      "condition.windowMs",
    ],
    [
      { ...failures, condition: { type: "missing", metric: "durationMs", expectedEveryMs: 59_999 } },
      "condition.expectedEveryMs",
    ],
    [{ ...failures, condition: { type: "anomaly", minSeverity: "odd" } }, "condition.minSeverity"],
    [{ ...failures, condition: forecast({ horizonHours: 0 }) }, "condition.horizonHours"],
    [{ ...failures, condition: forecast({ horizonHours: 721 }) }, "condition.horizonHours"],
    [{ ...failures, condition: forecast({ level: 100 }) }, "condition.level"],
    [{ ...failures, condition: forecast({ operator: "eq" }) }, "condition.operator"],
    [{ ...failures, condition: { type: "call", metric: "karma", operator: "gt", threshold: 1 } }, "condition.metric"],
    [
      {
        ...failures,
        condition: { type: "call", metric: "cpuMs", operator: "gt", threshold: Number.POSITIVE_INFINITY },
      },
      "condition.threshold",
    ],
  ])("in a rule is refused, and named: %j", async (rule, path) => {
    const { functions } = kit
    const refused = functions.alerts.rules.create(rule as AlertRuleInput)
    await expect(refused).rejects.toMatchObject({ code: "FN_006", issues: [expect.objectContaining({ path })] })
    await expect(refused).rejects.toThrow(/^Cannot save the alert rule: .*[^.]\.$/s)
    expect(await functions.alerts.rules.list()).toEqual([])
  })

  it.each([
    [{ until: 1, reason: "past" }, "until"],
    [{ until: 9e15, reason: "late" }, "until"],
    [{ until: 4e12 }, "reason"],
    [{ until: 4e12, reason: "x", fnction: "work" }, "fnction"],
  ])("a silence that is none is refused: %j", async (silence, path) => {
    const { functions } = kit
    await expect(functions.alerts.silences.create(silence as never)).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path }],
    })
    expect(await functions.alerts.silences.list()).toEqual([])
  })
})

describe("a rule", () => {
  it("has a name of its own, and can be replaced and removed", async () => {
    const { functions, fail, told } = await openKit()
    const rule = await functions.alerts.rules.create(failures)
    const other = await functions.alerts.rules.create({ ...failures, name: "Other" })
    await expect(functions.alerts.rules.create(failures)).rejects.toMatchObject({ code: "FN_006" })
    await expect(functions.alerts.rules.replace(other.id, failures)).rejects.toMatchObject({ code: "FN_006" })
    const off = await functions.alerts.rules.replace(rule.id, { ...failures, enabled: false })
    expect(await functions.alerts.rules.get(rule.id)).toEqual(off)
    await functions.alerts.rules.remove(other.id)
    await expect(functions.alerts.rules.get(other.id)).rejects.toMatchObject({ code: "FN_001" })
    await fail()
    expect(told()).toEqual([])
  })
})
