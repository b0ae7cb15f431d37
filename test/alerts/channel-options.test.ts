import { describe, expect, it } from "vitest"
import { type Channel, type Channels, toChannels } from "../../src/alerts/channel.ts"
import { createTestFunctions } from "../../src/testing/index.ts"
import { createRecordingNotifier } from "./recording-notifier.ts"

const notifier = createRecordingNotifier()
const given = (channel: object) => ({ ops: { notifier, ...channel } as Channel }) satisfies Channels

describe("the options of a channel", () => {
  it.each([
    [{ minSeverity: "hgih" }, /channels\.ops: minSeverity must be one of low, medium, high, critical/],
    [{ functions: "pay" }, /functions must be a list/],
    [{ organisations: [7] }, /organisations must be a list/],
    [{ labels: { team: 1 } }, /labels must be texts/],
    [{ notifier: {} }, /notifier: it has no method notify/],
    [{ minSevrity: "low" }, /minSevrity is not known: there are notifier, minSeverity/],
    [{ quietHours: { from: "22:00", to: "07:00", upTo: "urgent" } }, /quietHours: upTo must be one of/],
    [{ quietHours: { from: "22:00", to: "07:00", days: "mon" } }, /quietHours: days must be a list/],
    [{ quietHours: { from: "22:00", to: "07:00", day: ["mon"] } }, /quietHours: day is not known: there are from, to/],
    [{ quietHours: "22-07" }, /quietHours: must be an object/],
    [{ quietHours: null }, /quietHours: must be an object/],
    [{ quietHours: { from: "22:00", to: "24:00" } }, /to must be HH:MM/],
    [{ quietHours: { from: "22:00", to: "07:00", timezone: "Mars/Base" } }, /timezone "Mars\/Base" is not known/],
  ])("%j are refused with the name of what is wrong", (channel, message) => {
    expect(() => toChannels(given(channel))).toThrow(TypeError)
    expect(() => toChannels(given(channel))).toThrow(message)
  })

  it("that are none are refused too, and a notifier alone is one", () => {
    for (const wrong of [null, "slack", () => {}]) {
      expect(() => toChannels({ ops: wrong } as unknown as Channels)).toThrow(/notifier: it has no method notify/)
    }
    expect(toChannels({ ops: notifier }).get("ops")).toEqual({ notifier })
  })
})

it.each([{ alerts: { keepMs: 0 } }, { alerts: { keepMs: Number.NaN } }, { anomalies: { keepMs: -1 } }])(
  "%j is refused: all would be removed",
  async (options) => {
    await expect(createTestFunctions(options)).rejects.toThrow(/keepMs .* must be a number above 0/)
  },
)
