import { expect, it, onTestFinished } from "vitest"
import { sqlite } from "../../adapters/storage/sqlite.ts"
import type { Anomaly, AnomalyCondition } from "../../src/index.ts"
import { shareStorage } from "./replica.ts"

/** A function of 50 to 60 ms that takes 200. */
const slow: Anomaly = {
  organisation: "o",
  id: "anomaly-1",
  key: "function.duration_ms",
  functionId: "1",
  dimensions: { function: "work" },
  at: Date.UTC(2026, 0, 1),
  value: 200,
  score: 0.97,
  severity: "high",
  consensus: 0.75,
  breakdown: {
    value: { surprise: 21.5, weight: 0.4 },
    rhythm: { surprise: 0, weight: 0.2 },
    variability: { surprise: 9, weight: 0.2 },
    silence: { surprise: 0, weight: 0.2 },
  },
  context: { before: { count: 60, mean: 55, standardDeviation: 3, min: 50, max: 60 }, after: null },
  expected: null,
}

async function open(condition: Partial<AnomalyCondition>, functionName?: string) {
  const storage = sqlite(":memory:")
  await storage.open()
  const shared = shareStorage(storage)
  const { alerts, close } = shared.open()
  onTestFinished(async () => {
    await close()
    await storage.close()
  })
  const about = functionName === undefined ? {} : { function: functionName }
  await alerts.saveRule("o", { name: "Unusual", ...about, condition: { type: "anomaly", ...condition } })
  return {
    ...shared,
    async observe(...anomalies: readonly Anomaly[]) {
      for (const anomaly of anomalies) alerts.observeAnomaly(anomaly)
      await shared.advance(2000)
      await shared.tell()
      return (await alerts.list("o", {}, { limit: 100 })).items
    },
  }
}

it("A function of 50 to 60 ms that takes 200 ms with errors is told once, with methods, context and a link", async () => {
  const { observe, notifier } = await open({ minSeverity: "medium" }, "work")
  const errors = { ...slow, id: "anomaly-2", key: "function.errors", value: 0.4, severity: "critical" as const }
  const [alert, ...others] = await observe(slow, errors)
  expect(others).toEqual([])
  expect(alert).toMatchObject({
    function: "work",
    count: 2,
    occasion: { value: 0.4, finding: { type: "anomaly", anomaly: errors, link: "/anomalies/anomaly-2" } },
  })
  expect(notifier.told).toHaveLength(1)
  expect(notifier.told[0]?.title).toBe("Alert [high] Unusual: work")
  expect(notifier.told[0]?.lines.slice(0, 6)).toEqual([
    "function.errors of work is unusual: 0.4, after 55 ± 3 (critical, score 0.97, by value, variability).",
    "Series: function.errors, function=work",
    "Methods: value 21.5 (weight 0.4), rhythm 0 (weight 0.2), variability 9 (weight 0.2), silence 0 (weight 0.2); consensus 0.75",
    "Before: 60 values, 55 ± 3, from 50 to 60",
    "Link: /anomalies/anomaly-2",
    "Happened 2 times since 2026-01-01T00:00:00.000Z, last at 2026-01-01T00:00:00.000Z.",
  ])
})

it("What is expected, less severe, of another function, key or dimension is passed over", async () => {
  const { observe } = await open({ minSeverity: "high", metric: "durationMs", dimensions: { zone: "a" } }, "wor*")
  const meant = { ...slow, dimensions: { function: "work", zone: "a" } }
  const passed: readonly Anomaly[] = [
    slow,
    { ...meant, expected: { actor: "ada", at: 1, reason: null } },
    { ...meant, severity: "medium" },
    { ...meant, key: "function.cpu_ms" },
    { ...meant, dimensions: { function: "other", zone: "a" } },
    { ...meant, functionId: null },
    { ...meant, organisation: "other" },
  ]
  expect(await observe(...passed)).toEqual([])
  expect(await observe(meant)).toHaveLength(1)
})

it("A series of the host's has alerts of its own, and a silence is told as one", async () => {
  const { observe } = await open({})
  const host = { ...slow, key: "orders.paid", functionId: null, value: null }
  const found = await observe(
    { ...host, dimensions: { country: "de" } },
    { ...host, dimensions: { country: "fr\n\u202e<!channel>" } },
  )
  expect(found.map(({ function: name, series }) => [name, typeof series])).toEqual([
    [null, "string"],
    [null, "string"],
  ])
  expect(found.map(({ occasion }) => occasion.message).sort()[0]).toBe(
    "orders.paid of {country=de} has gone silent (high, score 0.97, by value, variability).",
  )
})

it("No text of a series brings a line, an escape or a turn of direction into what is told", async () => {
  const { observe, notifier } = await open({})
  await observe({
    ...slow,
    key: "orders.paid",
    functionId: null,
    dimensions: { country: "a\r\nBcc: b\u001b[31m\u202e" },
  })
  const texts = [notifier.told[0]?.title, ...(notifier.told[0]?.lines ?? [])]
  for (const text of texts) expect(text).not.toMatch(/[\p{Cc}\u202e]/u)
})
