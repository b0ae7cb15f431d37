import type { Storage } from "../ports/storage.ts"
import { newId } from "../util/id.ts"
import type { ContractRunner } from "./contract-runner.ts"
import { describeActivation } from "./storage-contract/activation.ts"
import { describeAlerts } from "./storage-contract/alerts.ts"
import { describeAnomalies } from "./storage-contract/anomalies.ts"
import { describeConnections } from "./storage-contract/connections.ts"
import { describeDeployment } from "./storage-contract/deployment.ts"
import { describeDocuments } from "./storage-contract/documents.ts"
import { describeErrorGroups } from "./storage-contract/error-groups.ts"
import { describeFiles } from "./storage-contract/files.ts"
import { describeFirings } from "./storage-contract/firings.ts"
import { describeForecasts } from "./storage-contract/forecasts.ts"
import { describeFunctions } from "./storage-contract/functions.ts"
import { describeIngestion } from "./storage-contract/ingestion.ts"
import { describeInvocations } from "./storage-contract/invocations.ts"
import { describeKeyValues } from "./storage-contract/key-values.ts"
import { describeLayers } from "./storage-contract/layers.ts"
import { describeLifecycle } from "./storage-contract/lifecycle.ts"
import { describeLogs } from "./storage-contract/logs.ts"
import { describeMetrics } from "./storage-contract/metrics.ts"
import { describeOwnRuns } from "./storage-contract/own-runs.ts"
import { describePipelines } from "./storage-contract/pipelines.ts"
import { describeRoutes } from "./storage-contract/routes.ts"
import { describeRuns } from "./storage-contract/runs.ts"
import { describeSchedules } from "./storage-contract/schedules.ts"
import type { StorageSubject } from "./storage-contract/subject.ts"
import { describeSummary } from "./storage-contract/summary.ts"
import { describeTraces } from "./storage-contract/traces.ts"
import { describeTriggers } from "./storage-contract/triggers.ts"

/** What the suite cannot know of the storage under test. */
export interface StorageContractOptions {
  /**
   * Whether two storages that the factory made keep the same data, as a file or a server does and a memory does not.
   * @default false
   */
  readonly shared?: boolean
}

/**
 * The contract of the storage port as tests: whoever writes a storage runs it with the own test runner.
 *
 * ```ts
 * storageContract({ describe, it, beforeEach, afterEach }, () => sqlite(":memory:"))
 * ```
 *
 * `create` makes a storage that is not yet open. The suite opens and closes it, and keeps to organisations of its own,
 * so the storage need not be empty.
 */
export function storageContract(
  runner: ContractRunner,
  create: () => Storage | Promise<Storage>,
  { shared = false }: StorageContractOptions = {},
): void {
  const { describe, beforeEach, afterEach } = runner
  let opened: Storage[] = []
  let organisation = ""

  const open = async (): Promise<Storage> => {
    const storage = await create()
    opened.push(storage)
    await storage.open()
    return storage
  }
  const subject: StorageSubject = {
    open,
    create: async () => {
      const storage = await create()
      opened.push(storage)
      return storage
    },
    get storage() {
      const [first] = opened
      if (first === undefined) throw new Error("Cannot use the storage under test: beforeEach has not run")
      return first
    },
    get organisation() {
      return organisation
    },
  }

  describe("storage contract", () => {
    beforeEach(async () => {
      organisation = `contract-${newId(Date.now())}`
      await open()
    })
    afterEach(async () => {
      const used = opened
      opened = []
      for (const storage of used) await storage.close()
    })

    describe("functions", () => describeFunctions(runner, subject))
    describe("deployments", () => describeDeployment(runner, subject, shared))
    describe("routes", () => describeRoutes(runner, subject))
    describe("activations and aliases", () => describeActivation(runner, subject))
    describe("layers", () => describeLayers(runner, subject, shared))
    describe("invocations", () => describeInvocations(runner, subject))
    describe("summaries", () => describeSummary(runner, subject))
    describe("error groups", () => describeErrorGroups(runner, subject, shared))
    describe("what functions wrote", () => describeLogs(runner, subject))
    describe("what was measured", () => describeMetrics(runner, subject, shared))
    describe("traces", () => describeTraces(runner, subject))
    describe("pipelines", () => describePipelines(runner, subject))
    describe("runs of pipelines", () => describeRuns(runner, subject))
    describe("runs that are done at once", () => describeOwnRuns(runner, subject))
    describe("triggers", () => describeTriggers(runner, subject))
    describe("firings", () => describeFirings(runner, subject))
    describe("schedules", () => describeSchedules(runner, subject, shared))
    describe("values under keys", () => describeKeyValues(runner, subject))
    describe("documents", () => describeDocuments(runner, subject))
    describe("accounts at providers", () => describeConnections(runner, subject))
    describe("alerts", () => describeAlerts(runner, subject))
    describe("forecasts", () => describeForecasts(runner, subject))
    describe("points from outside", () => describeIngestion(runner, subject, shared))
    describe("anomalies", () => describeAnomalies(runner, subject, shared))
    describe("files", () => describeFiles(runner, subject))
    describe("opening and closing", () => describeLifecycle(runner, subject, shared))
  })
}
