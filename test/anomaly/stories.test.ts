import { expect, it, onTestFinished, vi } from "vitest"
import type { Anomaly } from "../../src/index.ts"
import { createTestFunctions } from "../../src/testing/index.ts"
import { createRecordingNotifier } from "../alerts/recording-notifier.ts"

it("A function of 50 to 60 ms that takes 200 ms with errors leaves one anomaly that names both, is logged, kept and notified", async () => {
  const warnings: string[] = []
  const logger = { debug: () => {}, info: () => {}, warn: (message: string) => warnings.push(message), error: () => {} }
  const notifier = createRecordingNotifier()
  const alerts = { channels: { ops: notifier }, defaultRules: {} }
  await using kit = await createTestFunctions({ logger, alerts })
  const { functions } = kit
  await functions.alerts.rules.create({ name: "Unusual", condition: { type: "anomaly", minSeverity: "high" } })
  await functions.deploy({ name: "pay", source: "export default () => 1" })
  // How long calls take is measured by this clock, which stands still but for them.
  let clock = 0
  vi.spyOn(performance, "now").mockImplementation(() => clock)
  onTestFinished(() => void vi.restoreAllMocks())
  kit.mock("pay", ({ ms, fails }: { readonly ms: number; readonly fails: boolean }) => {
    clock += ms
    if (fails) throw new Error("out of money")
    return "paid"
  })
  const told: Anomaly[] = []
  functions.on("anomaly.found", (anomaly) => void told.push(anomaly))

  const minute = async (msOf: (call: number) => number, failsOf: (call: number) => boolean) => {
    for (let call = 0; call < 12; call++) await functions.run("pay", { ms: msOf(call), fails: failsOf(call) })
    await kit.clock.advance("1m", { allowFailures: true })
  }
  for (let at = 0; at < 170; at++)
    await minute(
      (call) => 50 + ((at * 7 + call * 3) % 11),
      () => false,
    )
  expect(told).toEqual([])
  const brokenAt = kit.clock.now()
  for (let at = 0; at < 3; at++)
    await minute(
      () => 200,
      (call) => call % 2 === 0,
    )

  expect(told).toHaveLength(1)
  const [anomaly] = told
  expect(anomaly).toMatchObject({
    functionId: (await functions.get("pay")).id,
    dimensions: { function: "pay" },
    at: brokenAt,
    severity: "critical",
    context: { after: null },
    expected: null,
  })
  const both = [anomaly, ...(anomaly?.alongside ?? [])].map((one) => [one?.key, one?.value])
  expect(both).toEqual(
    expect.arrayContaining([
      ["function.duration_ms", 200],
      ["function.errors", 0.5],
    ]),
  )
  expect((await functions.anomalies.list()).items).toEqual([anomaly])
  expect(await functions.anomalies.get(anomaly?.id ?? "")).toEqual(anomaly)
  expect(notifier.told).toHaveLength(1)
  expect(notifier.told[0]).toMatchObject({
    reason: "firing",
    alert: {
      function: "pay",
      status: "firing",
      occasion: { finding: { type: "anomaly", anomaly: { id: anomaly?.id } } },
    },
  })
  expect(warnings).toEqual([expect.stringContaining("anomaly (critical)")])

  // The points after it come later.
  for (let at = 0; at < 61; at++)
    await minute(
      () => 55,
      () => false,
    )
  const later = await functions.anomalies.get(anomaly?.id ?? "")
  expect(later.context.after).toMatchObject({ count: 60 })
  expect(later.context.before).toEqual(anomaly?.context.before)
}, 120_000)
