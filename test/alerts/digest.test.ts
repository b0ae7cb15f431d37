import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { lastPeriod, reportAt } from "../../src/alerts/digest/periods.ts"
import { digestPeriods } from "../../src/model/digest.ts"
import { createTestFunctions } from "../../src/testing/index.ts"
import { openKit } from "./kit.ts"
import { createRecordingNotifier } from "./recording-notifier.ts"

const day = 86_400_000

describe("a report", () => {
  it("is sent once after its period, with what calls took, the trend, and what a release changed", async () => {
    const quiet = createRecordingNotifier()
    const ops = createRecordingNotifier()
    const { kit, functions } = await openKit({
      channels: { ops, elsewhere: { notifier: quiet, organisations: ["other"] } },
      digests: { daily: { every: "day" } },
    })
    const advance = (by: "6h" | "18h") => kit.clock.advance(by, { allowFailures: true })
    const call = async (times: number, failing: number) => {
      for (let index = 0; index < times; index++) await functions.run("work", { fails: index < failing })
    }
    await call(4, 0)
    await advance("18h")
    await advance("6h")
    await call(2, 1)
    await advance("6h")
    expect(ops.told.map(({ title }) => title)).toEqual(["Daily report from 2026-01-01: default"])
    await functions.deploy({ name: "work", source: "export default () => 'mended'" })
    await call(2, 0)
    await advance("18h")
    await advance("6h")
    await advance("18h")
    await advance("18h")
    expect(ops.told.map(({ title }) => title)).toEqual([
      "Daily report from 2026-01-01: default",
      "Daily report from 2026-01-02: default",
    ])
    expect(quiet.told).toEqual([])
    const from = Date.UTC(2026, 0, 2)
    expect(ops.told[1]).toMatchObject({ reason: "digest", alert: null })
    expect(ops.told[1]?.digest).toMatchObject({
      organisation: "default",
      name: "daily",
      range: { from, to: from + day },
      count: 1,
      functions: [
        {
          name: "work",
          total: { invocations: 4, errorRate: { average: 0.25 } },
          before: { invocations: 4, errorRate: { average: 0 } },
          trend: { invocations: 0, errorRate: null },
          releases: [
            {
              version: 2,
              reason: "deploy",
              before: { invocations: 2, errorRate: { average: 0.5 } },
              after: { invocations: 2, errorRate: { average: 0 } },
            },
          ],
        },
      ],
    })
    const lines = ops.told[1]?.lines ?? []
    expect(lines[0]).toBe("1 function was called from 2026-01-02T00:00:00.000Z to 2026-01-03T00:00:00.000Z.")
    expect(lines[1]).toMatch(/^work: 4 calls \(\+0 %\); [\d.e-]+ ± [\d.e-]+ ms \([+-][\d.]+ %\), p95 .*; errors 25 %$/)
    expect(lines[2]).toMatch(
      /^- version 2 \(deploy, 2026-01-02T06:00:00.000Z\): .* ms before, .* ms after; errors 50 % before, 0 % after$/,
    )
  })

  it.each([
    ["every", { every: "year" as never }],
    ["hour", { every: "day" as const, hour: 24 }],
    ["channel", { every: "day" as const, channels: ["nowhere"] }],
    ["chanels is not known", { every: "day" as const, chanels: ["ops"] }],
    ["lists of names", { every: "day" as const, functions: "work" as never }],
    ["object", null as never],
  ])("whose %s cannot be is refused at once", async (word, digest) => {
    await expect(createTestFunctions({ alerts: { digests: { report: digest } } })).rejects.toThrow(word)
  })
})

describe("the periods of reports", () => {
  it("follow one another without a gap, and each is reported on after its end", () => {
    const moment = fc.integer({ min: Date.UTC(1971, 0), max: Date.UTC(2100, 0) })
    fc.assert(
      fc.property(moment, fc.constantFrom(...digestPeriods), fc.integer({ min: 0, max: 23 }), (now, every, hour) => {
        const last = lastPeriod(every, now)
        expect(last.from < last.to && last.to <= now).toBe(true)
        expect(lastPeriod(every, last.from).to).toBe(last.from)
        const due = reportAt(every, now, hour)
        expect(lastPeriod(every, due).from).toBe(last.to)
        expect(due - lastPeriod(every, due).to).toBe(hour * 3_600_000)
      }),
    )
  })

  it("are days, weeks from Monday, and months", () => {
    const now = Date.UTC(2026, 2, 4, 12)
    const shown = digestPeriods.map((every) => {
      const { from, to } = lastPeriod(every, now)
      return [from, to].map((at) => new Date(at).toISOString().slice(0, 10))
    })
    expect(shown).toEqual([
      ["2026-03-03", "2026-03-04"],
      ["2026-02-23", "2026-03-02"],
      ["2026-02-01", "2026-03-01"],
    ])
  })
})
