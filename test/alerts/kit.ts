import { onTestFinished } from "vitest"
import type { AlertRuleInput } from "../../src/index.ts"
import { createTestFunctions, type TestFunctionsOptions, type TestKit } from "../../src/testing/index.ts"
import { createRecordingNotifier, type RecordingNotifier } from "./recording-notifier.ts"

/** Milliseconds. */
export const hour = 3_600_000

/** A rule for every failure. */
export const failures = { name: "Failures", condition: { type: "failure" } } as const satisfies AlertRuleInput

/** What `openKit` gives. */
export interface AlertKit {
  readonly kit: TestKit
  readonly functions: TestKit["functions"]
  /** The channel `ops`, where no others are given. */
  readonly notifier: RecordingNotifier
  /** Has the function `work` fail once, and does what follows at once. */
  fail(): Promise<void>
  /** Why `ops` was told, each time. */
  told(): readonly string[]
}

/** A kit with a function that fails when it is told to, and a channel that keeps what it is told. */
export async function openKit(
  alerts: TestFunctionsOptions["alerts"] = {},
  options: TestFunctionsOptions = {},
): Promise<AlertKit> {
  const notifier = createRecordingNotifier()
  const kit = await createTestFunctions({
    ...options,
    alerts: { channels: { ops: notifier }, defaultRules: {}, ...alerts },
  })
  onTestFinished(() => kit.close())
  const { functions } = kit
  await functions.deploy({
    name: "work",
    source: "export default ({ fails }) => { if (fails) throw new Error('out of paper') }",
  })
  return {
    kit,
    functions,
    notifier,
    async fail() {
      await functions.run("work", { fails: true })
      await kit.drain({ allowFailures: true })
    },
    told: () => notifier.told.map(({ reason }) => reason),
  }
}
