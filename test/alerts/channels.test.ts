import { describe, expect, it } from "vitest"
import { DeliveryError, type Functions } from "../../src/index.ts"
import { createTestFunctions } from "../../src/testing/index.ts"
import { groupBy } from "../../src/util/group-by.ts"
import { failures, hour, openKit } from "./kit.ts"
import { createRecordingNotifier } from "./recording-notifier.ts"

type Rules = Functions["alerts"]["rules"]

describe("a channel", () => {
  it("that is down for an hour loses nothing, and is told nothing twice", async () => {
    const { kit, functions, notifier, fail, told } = await openKit()
    await functions.alerts.rules.create({ ...failures, resolveAfterMs: 3 * hour })
    notifier.failure = new DeliveryError("the service answered 503.")
    await fail()
    await kit.clock.advance("1h")
    expect(notifier.tries).toBeGreaterThan(5)
    expect(told()).toEqual([])
    notifier.failure = undefined
    await kit.clock.advance("15m")
    await kit.clock.advance("1h")
    expect(told()).toEqual(["firing"])
  })

  it("that was down is told of an alert's beginning, that it goes on and its end in this order, at whatever time it comes back", async () => {
    for (const down of ["6m", "20m", "50m"] as const) {
      const { kit, functions, notifier, fail, told } = await openKit()
      await functions.alerts.rules.create({ ...failures, repeatAfterMs: 120_000 })
      notifier.failure = new DeliveryError("the service answered 503.")
      await fail()
      await kit.clock.advance("150s")
      await fail()
      await kit.clock.advance(down)
      expect(told()).toEqual([])
      notifier.failure = undefined
      await kit.clock.advance("1h")
      expect(told()).toEqual(["firing", "repeated", "resolved"])
      expect((await functions.deadLetters.list()).items).toEqual([])
    }
  })

  it("is told of a beginning and an end, both after its quiet hours, in this order", async () => {
    const quietHours = { from: "00:00", to: "08:00" }
    const notifier = createRecordingNotifier()
    const { kit, functions, fail } = await openKit({ channels: { ops: { notifier, quietHours } } })
    for (const name of ["One", "Two", "Three", "Four"]) await functions.alerts.rules.create({ ...failures, name })
    await fail()
    await kit.clock.advance("7h")
    expect(notifier.told).toEqual([])
    await kit.clock.advance("2h")
    const ofEach = groupBy(notifier.told, ({ alert }) => alert?.rule.name)
    for (const some of ofEach.values()) expect(some.map(({ reason }) => reason)).toEqual(["firing", "resolved"])
    expect(notifier.told).toHaveLength(8)
  })

  it.each([
    ["has other channels", (rules: Rules, id: string) => rules.replace(id, { ...failures, channels: ["b"] })],
    ["is for all channels", (rules: Rules, id: string) => rules.replace(id, failures)],
    ["is gone", (rules: Rules, id: string) => rules.remove(id)],
  ])("that was told of an alert is told of its end, and no other is, though the rule %s by then", async (_, change) => {
    const [a, b] = [createRecordingNotifier(), createRecordingNotifier()]
    const { kit, functions, fail } = await openKit({ channels: { a, b } })
    const { id } = await functions.alerts.rules.create({ ...failures, channels: ["a"] })
    await fail()
    await change(functions.alerts.rules, id)
    await kit.clock.advance("1h")
    expect(a.told.map(({ reason }) => reason)).toEqual(["firing", "resolved"])
    expect(b.told).toEqual([])
    expect((await functions.alerts.list()).items).toMatchObject([{ status: "resolved", toldTo: ["a"] }])
  })

  it("that is told of an alert later than another hears of its end, as the other does, whatever its severity is by then", async () => {
    const [a, b] = [createRecordingNotifier(), createRecordingNotifier()]
    const { kit, functions, fail } = await openKit({ channels: { a: { notifier: a, minSeverity: "high" }, b } })
    const rule = { ...failures, repeatAfterMs: 60_000 }
    const { id } = await functions.alerts.rules.create({ ...rule, channels: ["a"] })
    await fail()
    await functions.alerts.rules.replace(id, { ...rule, severity: "low" })
    await kit.clock.advance("2m")
    await fail()
    await kit.clock.advance("1h")
    expect(a.told.map(({ reason }) => reason)).toEqual(["firing", "resolved"])
    expect(b.told.map(({ reason }) => reason)).toEqual(["repeated", "resolved"])
  })

  it("that will never take it leaves a dead letter, which can be sent once it does", async () => {
    const { kit, functions, notifier, fail, told } = await openKit()
    await functions.alerts.rules.create(failures)
    notifier.failure = new DeliveryError("Slack answered 410.", { final: true })
    await fail()
    const [letter] = (await functions.deadLetters.list()).items
    expect(letter).toMatchObject({
      kind: "notification",
      name: "ops",
      error: { message: 'Cannot tell channel "ops" of an alert: Slack answered 410.' },
      input: { reason: "firing", alert: { function: "work" } },
    })
    notifier.failure = undefined
    await functions.deadLetters.replay(letter?.id ?? "")
    await kit.drain()
    expect(told()).toEqual(["firing"])
  })

  it("waits as long as the other side asks for", async () => {
    const { kit, functions, notifier, fail } = await openKit()
    await functions.alerts.rules.create({ ...failures, resolveAfterMs: hour })
    notifier.failure = new DeliveryError("Slack answered 429.", { retryAfterMs: 600_000 })
    await fail()
    await kit.clock.advance("9m")
    expect(notifier.tries).toBe(1)
    await kit.clock.advance("2m")
    expect(notifier.tries).toBe(2)
  })

  it("hears of what is urgent enough, of its functions and organisations", async () => {
    const urgent = createRecordingNotifier()
    const elsewhere = createRecordingNotifier()
    const foreign = createRecordingNotifier()
    const billing = createRecordingNotifier()
    const all = createRecordingNotifier()
    const { kit, functions, fail } = await openKit({
      channels: {
        ops: all,
        urgent: { notifier: urgent, minSeverity: "critical", resolved: false },
        elsewhere: { notifier: elsewhere, functions: ["other"] },
        foreign: { notifier: foreign, organisations: ["acme"] },
        billing: { notifier: billing, functions: ["w*k"], labels: { team: "billing" }, resolved: false },
      },
    })
    await functions.alerts.rules.create({ ...failures, severity: "low", labels: { team: "billing", tier: "one" } })
    await functions.alerts.rules.create({ ...failures, name: "Urgent", severity: "critical", labels: { team: "core" } })
    await fail()
    await kit.clock.advance("10m")
    expect(all.told.map(({ reason }) => reason)).toEqual(["firing", "firing", "resolved", "resolved"])
    expect(urgent.told.map(({ alert, reason }) => [alert?.rule.name, reason])).toEqual([["Urgent", "firing"]])
    expect(elsewhere.told).toEqual([])
    expect(foreign.told).toEqual([])
    expect(billing.told.map(({ alert }) => alert?.labels)).toEqual([{ team: "billing", tier: "one" }])
  })

  it("is told after its quiet hours, but for what is more urgent", async () => {
    const quiet = createRecordingNotifier()
    const quietHours = { from: "22:00", to: "07:00", timezone: "Europe/Berlin" }
    const { kit, functions, fail } = await openKit({ channels: { ops: { notifier: quiet, quietHours } } })
    await functions.alerts.rules.create({ ...failures, resolveAfterMs: 24 * hour, repeatAfterMs: 24 * hour })
    await kit.clock.advanceTo("2026-01-01T21:30:00Z")
    await fail()
    await kit.clock.advanceTo("2026-01-02T05:59:00Z")
    expect(quiet.told).toEqual([])
    await kit.clock.advanceTo("2026-01-02T06:01:00Z")
    expect(quiet.told).toHaveLength(1)
    await functions.alerts.rules.create({ ...failures, name: "Urgent", severity: "critical" })
    await kit.clock.advanceTo("2026-01-02T22:00:00Z")
    await fail()
    expect(quiet.told.at(-1)?.alert?.rule.name).toBe("Urgent")
  })

  it.each([
    [{ from: "9:00", to: "10:00" }, /from must be HH:MM, not "9:00"/],
    [{ from: "22:00", to: "24:00" }, /to must be HH:MM/],
    [{ from: "22:00", to: "07:00", timezone: "Europe/Nowhere" }, /timezone "Europe\/Nowhere" is not known/],
  ])("with quiet hours that are none is refused at start: %j", async (quietHours, message) => {
    const channels = { ops: { notifier: createRecordingNotifier(), quietHours } }
    await expect(createTestFunctions({ alerts: { channels } })).rejects.toThrow(message)
  })
})
