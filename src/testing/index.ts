/**
 * For those who test functions and pipelines: a whole service in the test's own process, with a clock that is moved by hand.
 * For those who write adapters: contract suites. Both go with any test runner.
 *
 * @example
 * ```ts
 * import { definePipeline } from "inlay"
 * import { createTestFunctions } from "inlay/testing"
 *
 * const kit = await createTestFunctions({ startAt: "2026-01-01T00:00:00Z" })
 * await kit.functions.deploy({ name: "remind", source: "export default ({ user }) => `Still there, ${user}?`" })
 * await kit.functions.pipelines.define(definePipeline("trial").wait(30 * 86_400).step("remind"))
 * const run = await kit.finish(await kit.functions.pipelines.start("trial", { user: "Ada" }))
 * console.log(run.output, new Date(kit.clock.now()).toISOString()) // Still there, Ada? 2026-01-31T00:00:00.000Z
 * await kit.close()
 * ```
 *
 * @module
 */

// What the suites need of a test runner
export type { ContractRunner } from "./contract-runner.ts"
// The test kit
export { createTestFunctions } from "./kit/create-test-functions.ts"
export type { Duration } from "./kit/durations.ts"
export type { SentMessage } from "./kit/embedded.ts"
export { type MockMethods, mockCapability } from "./kit/mock-capability.ts"
export type { MockContext, MockFunction } from "./kit/mock-functions.ts"
export type { MockFetch } from "./kit/mock-network.ts"
export type { CallError, RecordedCall } from "./kit/recorded-calls.ts"
export type { WebhookDelivery } from "./kit/sign-webhook.ts"
export type {
  DrainOptions,
  FinishOptions,
  Inspection,
  TestClock,
  TestFunctionsOptions,
  TestKit,
} from "./kit/test-kit.ts"
// Contract suites
export { notifierContract, type OpenNotifier } from "./notifier-contract.ts"
export { type OpenQueue, queueContract } from "./queue-contract.ts"
export { type StorageContractOptions, storageContract } from "./storage-contract.ts"
