import { describe, expect, it } from "vitest"
import { createRecording } from "../../src/traces/recording.ts"
import { createSampler } from "../../src/traces/sampler.ts"
import { recordOf } from "../metrics/records.ts"

/** The trace id whose share is `fraction`. */
const traceAt = (fraction: number) =>
  `${"a".repeat(24)}${Math.floor(fraction * 0x1_0000_0000)
    .toString(16)
    .padStart(8, "0")}`
/** One of each hundredth. */
const hundred = Array.from({ length: 100 }, (_, index) => traceAt((index + 0.5) / 100))

function open({ sample = 1, spansPerSecond = 20 } = {}) {
  let clock = 1_000_000
  const wait = (ms: number) => {
    clock += ms
  }
  const make = () => createSampler({ sample, spansPerSecond, now: () => clock })
  return { sampler: make(), make, wait }
}

describe("the sampler", () => {
  it("keeps the share that was asked for, and says how many each stands for", () => {
    const { sampler } = open({ sample: 0.25 })
    const weights = hundred.map((id) => sampler.weigh(id, true)).filter((weight) => weight > 0)
    expect(weights).toEqual(Array(25).fill(4))
    expect(hundred.map((id) => sampler.weigh(id, false)).every((weight) => weight === 0)).toBe(true)
    expect(open({ sample: 0 }).sampler.weigh(traceAt(0), true)).toBe(0)
    expect(sampler.weigh("x".repeat(32), true)).toBe(0)
  })

  it("decides by the trace alone: processes agree, and what a small share keeps a larger one keeps", () => {
    const { make } = open({ sample: 0.4 })
    const [one, other, wide] = [make(), make(), open({ sample: 0.7 }).sampler]
    for (const id of hundred) {
      expect(one.weigh(id, undefined)).toBe(other.weigh(id, true))
      if (one.weigh(id, true) > 0) expect(wide.weigh(id, true)).toBeGreaterThan(0)
    }
  })

  it("keeps fewer as room runs out, and as many as before once it has filled again", () => {
    const { sampler, wait } = open({ spansPerSecond: 20 })
    const kept = () => hundred.filter((id) => sampler.weigh(id, true) > 0).length
    expect(kept()).toBe(100)
    sampler.spend(1000, false)
    expect(kept()).toBe(100)
    sampler.spend(500, false)
    expect(kept()).toBe(50)
    expect(sampler.weigh(traceAt(0.1), true)).toBe(2)
    sampler.spend(5000, false)
    expect(kept()).toBe(0)
    wait(5_000)
    expect(kept()).toBe(10)
    wait(3_600_000)
    expect(kept()).toBe(100)
  })

  it("never holds more than a hundred seconds' room, nor less where the clock is set back", () => {
    const { sampler, wait } = open({ spansPerSecond: 20 })
    wait(86_400_000)
    expect(sampler.weigh(traceAt(0.99), true)).toBe(1)
    sampler.spend(2000, false)
    expect(sampler.weigh(traceAt(0), true)).toBe(0)
    wait(-60_000)
    expect(sampler.weigh(traceAt(0), true)).toBe(0)
    wait(50_000)
    expect(sampler.weigh(traceAt(0), true)).toBe(1)
  })

  it("keeps what is special in a room of its own, which the usual cannot fill", () => {
    const { sampler } = open({ sample: 0, spansPerSecond: 10 })
    sampler.spend(1_000_000, false)
    expect(hundred.every((id) => sampler.weighSpecial(id) === 1)).toBe(true)
    sampler.spend(750, true)
    expect(hundred.filter((id) => sampler.weighSpecial(id) > 0)).toHaveLength(50)
    const none = open({ spansPerSecond: 0 }).sampler
    expect([none.weigh(traceAt(0), true), none.weighSpecial(traceAt(0))]).toEqual([0, 0])
  })

  it("stands, by its weights, for all that there was, however much of it was kept", () => {
    const { sampler, wait } = open({ spansPerSecond: 20 })
    let state = 7
    const random = () => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
    let [kept, stoodFor] = [0, 0]
    for (let index = 0; index < 300_000; index++) {
      wait(1)
      const weight = sampler.weigh(traceAt(random()), true)
      if (weight === 0) continue
      sampler.spend(1, false)
      kept++
      stoodFor += weight
    }
    // 300 seconds at 20, and the room of the beginning.
    expect(kept).toBeLessThanOrEqual(300 * 20 + 2000)
    expect(kept).toBeGreaterThan(300 * 20)
    expect(Math.abs(stoodFor / 300_000 - 1)).toBeLessThan(0.1)
  })
})

describe("what is kept of a trace", () => {
  const failed = { error: { code: "FN_004", name: "Error", message: "no", stack: "" } } as const

  function record(slowMs = 1000) {
    const spans: { readonly name: string; readonly weight: number }[] = []
    const sampler = createSampler({ sample: 0, spansPerSecond: 20, now: () => 0 })
    return { spans, recording: createRecording({ sampler, slowMs, add: (span) => void spans.push(span) }) }
  }

  it("is what failed or was slow, and whoever asked for it, whatever the share is", () => {
    const { recording, spans } = record()
    const [traceId, other] = [traceAt(0.5), traceAt(0.6)]
    recording.addCall(recordOf({ name: "before", traceId, durationMs: 5 }))
    recording.addCall(recordOf({ name: "failed", traceId, ...failed }))
    recording.addCall(recordOf({ name: "caller", traceId, durationMs: 5 }))
    recording.addCall(recordOf({ name: "slow", traceId: other, durationMs: 1000 }))
    recording.addCall(recordOf({ name: "fast", traceId: traceAt(0.7), durationMs: 999 }))
    expect(spans.map(({ name, weight }) => [name, weight])).toEqual([
      ["failed", 1],
      ["caller", 1],
      ["slow", 1],
    ])
  })
})
