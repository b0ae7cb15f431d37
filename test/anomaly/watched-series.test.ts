import { describe, expect, it } from "vitest"
import { defaultSettings } from "../../src/anomaly/watch/settings.ts"
import { toSignals } from "../../src/anomaly/watch/signals.ts"
import { WatchedSeries } from "../../src/anomaly/watch/watched-series.ts"
import { functionKeys } from "../../src/model/metrics.ts"
import { seeded, timeOf, weekMinutes } from "./simulated.ts"

const until = 2 * weekMinutes
const otherSettings = { ...defaultSettings, context: { before: 10, after: 10 } }

/** The calls of a function at random, one in ten minutes, after two weeks. */
function watch(): WatchedSeries {
  const series = { id: "s", organisation: "default", key: functionKeys.duration, functionId: "f", dimensions: {} }
  const calls = toSignals(series).find(({ tellsSilence }) => tellsSilence)
  if (!calls) throw new Error("calls are not watched")
  const watched = new WatchedSeries(calls, defaultSettings, timeOf(0))
  const random = seeded(2_718)
  for (let minute = 0; minute < until; minute++) {
    if (random() < 0.1 || minute === until - 1) watched.take(timeOf(minute), 1, 20)
  }
  return watched
}

/** The most that was missing in a silence. */
function mostOf(watched: WatchedSeries): number {
  return watched.toState().scarce?.most?.missing ?? 0
}

describe("Other settings of a watched series", () => {
  it("have no part of a silence counted twice", () => {
    const [kept, configured] = [watch(), watch()]
    for (const one of [kept, configured]) {
      one.silence(timeOf(until + 120))
      if (one === configured) one.configure(otherSettings)
      one.take(timeOf(until + 240), 1, 20)
    }
    expect(mostOf(kept)).toBeGreaterThan(10)
    expect(mostOf(configured)).toBeCloseTo(mostOf(kept), 6)
  })

  it("make no silence of time in which nobody watched", () => {
    const watched = watch()
    const before = mostOf(watched)
    watched.resume()
    watched.configure(otherSettings)
    watched.take(timeOf(until + 2 * 1440), 1, 20)
    expect(mostOf(watched)).toBe(before)
  })
})
