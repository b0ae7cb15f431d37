import { describe, expect, it } from "vitest"
import type { AlertRuleInput } from "../../src/index.ts"
import { type AlertKit, hour, openKit } from "./kit.ts"

const minute = 60_000
const manyErrors = {
  name: "Many errors",
  condition: { type: "threshold", metric: "errorRate", operator: "gt", threshold: 0.05 },
} as const satisfies AlertRuleInput

/** Has `work` be called so often, and fail so often of these. */
async function call({ functions, kit }: AlertKit, times: number, failing: number, name = "work"): Promise<void> {
  for (let index = 0; index < times; index++) await functions.run(name, { fails: index < failing })
  await kit.drain({ allowFailures: true })
}

const advance = ({ kit }: AlertKit, by: Parameters<AlertKit["kit"]["clock"]["advance"]>[0]) =>
  kit.clock.advance(by, { allowFailures: true })

describe("a threshold", () => {
  it("that a window crosses is told within ten seconds of its end, with the series and what it came to", async () => {
    const opened = await openKit()
    const { functions, notifier, kit } = opened
    const rule = await functions.alerts.rules.create(manyErrors)
    await call(opened, 12, 3)
    await advance(opened, "60s")
    expect(notifier.told).toEqual([])
    await advance(opened, "10s")
    expect(notifier.told).toHaveLength(1)
    const begin = Date.UTC(2026, 0, 1)
    expect(notifier.told[0]).toMatchObject({
      title: "Alert [high] Many errors: work",
      alert: {
        function: "work",
        series: null,
        rule: { id: rule.id },
        occasion: {
          value: 0.25,
          invocationId: null,
          at: begin + minute,
          finding: {
            type: "threshold",
            key: "function.errors",
            statistic: "average",
            window: { from: begin - 4 * minute, to: begin + minute },
            count: 12,
          },
        },
      },
    })
    expect(notifier.told[0]?.lines.slice(0, 3)).toEqual([
      "errorRate of work was 25 % in 5 min, over 5 %.",
      "Series: function.errors, average",
      "Window: 2025-12-31T23:56:00.000Z to 2026-01-01T00:01:00.000Z",
    ])
    // The window still has them when it moves on, unless there is nothing new: then it is not looked at.
    expect((await functions.alerts.list()).items).toMatchObject([{ status: "firing", count: 1 }])
    await advance(opened, "7m")
    expect(notifier.told.map(({ reason }) => reason)).toEqual(["firing", "resolved"])
    expect(kit.clock.now()).toBe(begin + 8 * minute + 10_000)
  })

  it("is not crossed by one failure of one call", async () => {
    const opened = await openKit()
    await opened.functions.alerts.rules.create(manyErrors)
    await call(opened, 1, 1)
    await advance(opened, "3m")
    expect(opened.told()).toEqual([])
  })

  it("has to be crossed for as long as the rule says", async () => {
    const opened = await openKit()
    const { condition } = manyErrors
    await opened.functions.alerts.rules.create({
      ...manyErrors,
      condition: { ...condition, windowMs: minute, forMs: 3 * minute },
    })
    for (const failing of [2, 0, 2, 2]) {
      await call(opened, 10, failing)
      await advance(opened, "1m")
    }
    await advance(opened, "10s")
    expect(opened.told()).toEqual([])
    await call(opened, 10, 2)
    await advance(opened, "1m")
    expect(opened.told()).toEqual(["firing"])
    expect(opened.notifier.told[0]?.lines[0]).toBe("errorRate of work was 20 % in 1 min, over 5 %, for 3 min.")
  })

  it("of a pattern of functions has an alert for each, and none for others", async () => {
    const opened = await openKit()
    const { functions } = opened
    const source = "export default ({ fails }) => { if (fails) throw new Error('no') }"
    for (const name of ["work-a", "work-b", "other"]) await functions.deploy({ name, source })
    await functions.alerts.rules.create({ ...manyErrors, function: "work-*" })
    for (const name of ["work-a", "work-b", "other"]) await call(opened, 10, 5, name)
    await advance(opened, "70s")
    const { items } = await functions.alerts.list()
    expect(items.map((alert) => alert.function).sort()).toEqual(["work-a", "work-b"])
  })

  it("of values that the host records can be of dimensions, and of each series by itself", async () => {
    const opened = await openKit()
    const { functions } = opened
    const record = (value: number, country: string) =>
      functions.metrics.record([{ key: "orders.late", value, dimensions: { country, plan: "free" } }])
    record(1, "de")
    const condition = {
      type: "threshold",
      metric: "orders.late",
      statistic: "sum",
      operator: "gte",
      threshold: 10,
    } as const
    await functions.alerts.rules.create({ name: "France", condition: { ...condition, dimensions: { country: "fr" } } })
    await functions.alerts.rules.create({ name: "Each", condition: { ...condition, perSeries: true } })
    await functions.alerts.rules.create({ name: "All", condition: { ...condition, threshold: 28 } })
    record(8, "fr")
    record(11, "de")
    record(9, "at")
    await advance(opened, "70s")
    const { items } = await functions.alerts.list()
    const found = items.map(({ rule, function: name, occasion }) => [rule.name, name, occasion.value])
    expect(found.sort()).toEqual([
      ["All", null, 29],
      ["Each", null, 12],
    ])
    const each = items.find(({ rule }) => rule.name === "Each")
    expect(each).toMatchObject({
      series: expect.any(String),
      occasion: { finding: { dimensions: { country: "de", plan: "free" } } },
    })
    expect(each?.occasion.message).toBe(
      "the sum of orders.late of {country=de, plan=free} was 12 in 5 min, at or over 10.",
    )
  })

  it("of how many calls there are hears silence, but not that of a function that was just made", async () => {
    const opened = await openKit()
    const { functions } = opened
    await functions.alerts.rules.create({
      name: "Idle",
      condition: { type: "threshold", metric: "invocations", operator: "lt", threshold: 1, windowMs: 10 * minute },
    })
    await advance(opened, "9m")
    expect(opened.told()).toEqual([])
    await advance(opened, "2m")
    expect(opened.told()).toEqual(["firing"])
    await call(opened, 1, 0)
    await advance(opened, "9m")
    expect(opened.told()).toEqual(["firing", "resolved"])
    await functions.remove("work")
    await advance(opened, "30m")
    expect(opened.told()).toEqual(["firing", "resolved"])
  })

  it("is looked at again after the rule was changed, and no more once it is gone", async () => {
    const opened = await openKit()
    const { functions } = opened
    const rule = await functions.alerts.rules.create({
      ...manyErrors,
      condition: { ...manyErrors.condition, threshold: 0.5 },
    })
    await call(opened, 10, 2)
    await advance(opened, "70s")
    expect(opened.told()).toEqual([])
    await functions.alerts.rules.replace(rule.id, manyErrors)
    await advance(opened, "1s")
    expect(opened.told()).toEqual(["firing"])
    await functions.alerts.rules.remove(rule.id)
    await call(opened, 10, 2)
    await advance(opened, "6m")
    expect(opened.told()).toEqual(["firing", "resolved"])
  })
})

describe("a rate of change", () => {
  it("that is too fast is told with how fast it is", async () => {
    const opened = await openKit()
    const { functions } = opened
    functions.metrics.record([{ key: "disk.used", value: 100 }])
    await functions.alerts.rules.create({
      name: "Disk",
      condition: {
        type: "rate",
        metric: "disk.used",
        maximum: 120,
        per: "hour",
        direction: "up",
        windowMs: 10 * minute,
      },
    })
    for (let at = 1; at <= 10; at++) {
      await advance(opened, "1m")
      functions.metrics.record([{ key: "disk.used", value: 100 + at * 3 }])
    }
    await advance(opened, "70s")
    expect(opened.told()).toEqual(["firing"])
    const [told] = opened.notifier.told
    expect(told?.alert?.occasion.finding).toMatchObject({ type: "rate", per: "hour", rate: expect.closeTo(180, 6) })
    expect(told?.lines[0]).toBe("the average of disk.used of the host grows by 180 a hour in 10 min, over 120.")
  })
})

describe("a series that goes silent", () => {
  it("is told with when it was last seen, and is over as soon as it is there again", async () => {
    const opened = await openKit()
    const { functions, notifier, kit } = opened
    const beat = () => functions.metrics.record([{ key: "heart.beat", value: 1 }])
    beat()
    await functions.alerts.rules.create({
      name: "Heart",
      condition: { type: "missing", metric: "heart.beat", expectedEveryMs: 3 * minute },
      resolveAfterMs: hour,
    })
    await advance(opened, "2m")
    beat()
    await advance(opened, "4m")
    expect(opened.told()).toEqual([])
    await advance(opened, "10s")
    expect(opened.told()).toEqual(["firing"])
    expect(notifier.told[0]?.alert?.occasion.finding).toMatchObject({
      lastSeenAt: Date.UTC(2026, 0, 1, 0, 3),
      missingMs: 3 * minute,
    })
    await advance(opened, "90m")
    expect(opened.told()).toEqual(["firing", "repeated"])
    expect(notifier.told[1]?.lines[0]).toContain("the last came by 2026-01-01T00:03:00.000Z")
    beat()
    await advance(opened, "70s")
    expect(opened.told()).toEqual(["firing", "repeated", "resolved"])
    expect(kit.clock.now() - (notifier.told[2]?.alert?.resolvedAt ?? 0)).toBeLessThan(70_000)
  })

  it("is missed for each function by itself, and not for one that is gone", async () => {
    const opened = await openKit()
    const { functions } = opened
    await functions.deploy({ name: "gone", source: "export default () => {}" })
    await functions.alerts.rules.create({
      name: "Silence",
      condition: { type: "missing", metric: "invocations", expectedEveryMs: 5 * minute },
    })
    await advance(opened, "2m")
    await call(opened, 1, 0)
    await advance(opened, "4m")
    const open = async () => (await functions.alerts.list({ status: "firing" })).items.map((alert) => alert.function)
    expect(await open()).toEqual(["gone"])
    await functions.remove("gone")
    await advance(opened, "3m")
    expect(await open()).toEqual(["work"])
  })
})

describe("a forecast", () => {
  it("that will cross the threshold is told with when, and between what", async () => {
    const opened = await openKit()
    const { functions, kit, notifier } = opened
    const begin = kit.clock.now() - 20 * hour
    const points = Array.from({ length: 240 }, (_, index) => ({
      key: "disk.share",
      value: 0.4 + index * 0.001,
      at: begin + index * 5 * minute,
    }))
    functions.metrics.record(points)
    const condition = { type: "forecast", metric: "disk.share", operator: "gte", threshold: 0.7, level: 80 } as const
    await functions.alerts.rules.create({ name: "Full soon", condition: { ...condition, horizonHours: 12 } })
    await functions.alerts.rules.create({ name: "Full at once", condition: { ...condition, horizonHours: 1 } })
    await advance(opened, "10s")
    expect(notifier.told.map(({ title }) => title)).toEqual(["Alert [high] Full soon"])
    const finding = notifier.told[0]?.alert?.occasion.finding
    if (finding?.type !== "forecast") throw new Error("it is no forecast")
    expect(finding).toMatchObject({ key: "disk.share", level: 80, backend: expect.any(String) })
    // From 0.64, with 0.012 an hour: five hours.
    expect(Math.abs(finding.breachAt - (kit.clock.now() + 5 * hour))).toBeLessThan(2 * hour)
    expect(finding.lower).toBeLessThanOrEqual(finding.mean)
    expect(finding.upper).toBeGreaterThanOrEqual(finding.mean)
    expect(notifier.told[0]?.lines.join("\n")).toMatch(/Breach: 2026-01-01T0\d:\d\d:00.000Z, 0\.7\d* expected/)
  })

  it("of a series with next to no past says nothing", async () => {
    const opened = await openKit()
    opened.functions.metrics.record([{ key: "disk.share", value: 9 }])
    await opened.functions.alerts.rules.create({
      name: "Full soon",
      condition: { type: "forecast", metric: "disk.share", operator: "gte", threshold: 0.7, horizonHours: 720 },
    })
    await advance(opened, "2h")
    expect(opened.told()).toEqual([])
  })
})
