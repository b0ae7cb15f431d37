import { createHash } from "node:crypto"
import type { Alert } from "../../model/alert.ts"
import type { Anomaly } from "../../model/anomaly.ts"
import type { FunctionRecord } from "../../model/function.ts"
import type { InvocationRecord } from "../../model/invocation.ts"
import type { NewJob } from "../../model/job.ts"
import type { Firing, TriggerRecord } from "../../model/trigger.ts"
import type { LayerCommit } from "../../ports/layer-storage.ts"
import type { MetricWindow, SeenSeries } from "../../ports/metric-storage.ts"
import type { RunRow, StepRow } from "../../ports/pipeline-storage.ts"
import type { DeploymentCommit } from "../../ports/storage.ts"
import type { NewFiring } from "../../ports/trigger-storage.ts"
import { newId } from "../../util/id.ts"

/** The time at which samples happen. */
export const sampleTime = 1_700_000_000_000

/** Text with what storages trip over: NUL, a lone surrogate, quotes, characters outside the basic plane. */
export const awkwardText = "a\u0000b \ud800 'quoted' \"twice\" \\ 😀 $x ?1 $1"

/** A function without code. */
export function sampleFunction(
  organisation: string,
  name: string,
  changes: Partial<FunctionRecord> = {},
): FunctionRecord {
  return {
    id: newId(sampleTime),
    organisation,
    name,
    description: null,
    activeVersion: null,
    environment: {},
    triggers: [],
    createdAt: sampleTime,
    updatedAt: sampleTime,
    ...changes,
  }
}

/** A deployment of `code`; the same code gives the same bundle and content. */
export function sampleDeployment(
  organisation: string,
  name: string,
  code: string,
  changes: Partial<DeploymentCommit> = {},
): DeploymentCommit {
  return {
    organisation,
    name,
    newFunctionId: newId(sampleTime),
    activationId: newId(sampleTime),
    bundle: { hash: hashOf(code), code, sourceMap: `{"version":3,"sources":["${name}.ts"]}` },
    contentHash: hashOf(`content of ${code}`),
    configuration: { runtime: "quickjs", memory: 128, timeout: 30, cpu: 1 },
    kind: "event",
    evaluatesPerCall: false,
    environment: {},
    triggers: [],
    actor: "tester",
    at: sampleTime,
    ...changes,
  }
}

/** A version of a layer; the same code gives the same bundle. */
export function sampleLayer(
  organisation: string,
  name: string,
  code: string,
  changes: Partial<LayerCommit> = {},
): LayerCommit {
  return {
    organisation,
    name,
    bundle: { hash: hashOf(code), code, sourceMap: `{"version":3,"sources":["layer:${name}/index.ts"]}` },
    exports: ["default", "parse"],
    snapshotBytes: 8192,
    actor: "tester",
    createdAt: sampleTime,
    ...changes,
  }
}

/** An invocation that succeeded. */
export function sampleInvocation(
  organisation: string,
  functionId: string,
  changes: Partial<InvocationRecord> = {},
): InvocationRecord {
  const startedAt = changes.startedAt ?? sampleTime
  return {
    id: newId(startedAt),
    organisation,
    functionId,
    name: "sample",
    version: 1,
    status: "succeeded",
    logs: [],
    startedAt,
    endedAt: startedAt + 5,
    durationMs: 5.25,
    cpuMs: 0.125,
    memoryBytes: 65_536,
    coldStart: false,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    ...changes,
  }
}

/** A minute of one series. */
export function sampleWindow(
  organisation: string,
  seriesId: string,
  changes: Partial<MetricWindow> = {},
): MetricWindow {
  return {
    organisation,
    seriesId,
    resolution: 60_000,
    at: sampleTime - (sampleTime % 86_400_000),
    part: "1",
    count: 1,
    sum: 2,
    m2: 0.25,
    min: -1.5,
    max: 1e100,
    sketch: new Uint8Array([0, 255, 1]),
    ...changes,
  }
}

/** A series that was written to. */
export function sampleSeries(organisation: string, id: string, changes: Partial<SeenSeries> = {}): SeenSeries {
  return { organisation, id, key: "a", functionId: null, dimensions: {}, seenAt: sampleTime, ...changes }
}

/** A job that is due. */
export function sampleJob(organisation: string, { id = newId(sampleTime), ...changes }: Partial<NewJob> = {}): NewJob {
  return {
    id,
    organisation,
    kind: "function",
    target: "greet",
    payload: '"a"',
    priority: 0,
    weight: 1,
    runAt: 0,
    deadlineAt: null,
    maxAttempts: 3,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    originId: null,
    flow: null,
    idempotency: null,
    leasedUntil: null,
    createdAt: 1,
    ...changes,
  }
}

/** A firing, and its job where it is queued. */
export function sampleFiring(
  { organisation, id: triggerId }: Pick<TriggerRecord, "organisation" | "id">,
  changes: Partial<Firing> = {},
): NewFiring {
  const id = newId(sampleTime)
  const job = (changes.outcome ?? "queued") === "queued" ? sampleJob(organisation) : null
  const firing: Firing = {
    organisation,
    id,
    triggerId,
    cause: "event",
    key: null,
    scheduledFor: null,
    firedAt: sampleTime,
    event: { type: "order.paid", data: { total: 3 } },
    outcome: "queued",
    reason: null,
    jobId: job?.id ?? null,
    originId: null,
    ...changes,
  }
  return { firing, job }
}

/** A run that has just begun. */
export function sampleRun(organisation: string, pipeline: string, changes: Partial<RunRow> = {}): RunRow {
  return {
    id: newId(sampleTime),
    organisation,
    pipeline,
    status: "running",
    definition: [{ kind: "function", name: "first", function: "sample@2" }],
    surroundings: {
      functions: [
        { functionId: "id", name: "sample", version: 2, runtime: "quickjs", contentHash: "a", environmentHash: "b" },
      ],
      service: { inlay: "1.0.0", node: "20.19.0" },
    },
    input: '{"a":1}',
    output: null,
    error: null,
    traceId: "0af7651916cd43dd8448eb211c80319c",
    originId: null,
    startedAt: sampleTime,
    endedAt: null,
    ...changes,
  }
}

/** A step that succeeded. */
export function sampleStep(path: string, changes: Partial<StepRow> = {}): StepRow {
  return {
    path,
    position: Number(path),
    name: `step-${path}`,
    kind: "function",
    function: "sample@2",
    version: 2,
    status: "succeeded",
    invocationId: newId(sampleTime),
    attempts: 1,
    output: '{"total":3}',
    startedAt: sampleTime,
    endedAt: sampleTime + 5,
    wakeAt: null,
    awaited: null,
    link: 0,
    ...changes,
  }
}

/** Ids of one moment each, ascending. */
export function ascendingIds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => newId(sampleTime + index))
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}

/** Slow calls, which nobody has marked. */
export function sampleAnomaly(organisation: string, id: string, change: Partial<Anomaly> = {}): Anomaly {
  const finding = { surprise: 1, weight: 1 }
  return {
    organisation,
    id,
    key: "function.duration_ms",
    functionId: "f",
    dimensions: { function: awkwardText },
    at: sampleTime,
    value: 0.5,
    score: 0.75,
    severity: "high",
    consensus: 0.5,
    breakdown: { value: finding, rhythm: finding, variability: finding, silence: finding },
    context: { before: { count: 1, mean: 1, standardDeviation: 0, min: 1, max: 1 }, after: null },
    expected: null,
    ...change,
  }
}

/** An alert that is open. */
export function sampleAlert(organisation: string, change: Partial<Alert> = {}): Alert {
  return {
    organisation,
    id: newId(sampleTime),
    rule: { id: "rule", name: awkwardText },
    function: "f",
    series: null,
    labels: {},
    severity: "high",
    status: "firing",
    condition: { type: "failure" },
    occasion: {
      message: awkwardText,
      value: 0.5,
      invocationId: "call",
      traceId: "trace",
      error: { code: "FN_004", message: awkwardText },
      finding: null,
      at: sampleTime,
    },
    count: 1,
    notifications: 1,
    firstAt: sampleTime,
    lastAt: sampleTime,
    notifiedAt: sampleTime,
    resolvesAt: sampleTime + 1000,
    acknowledgedAt: null,
    acknowledgedBy: null,
    resolvedAt: null,
    resolvedBy: null,
    ...change,
  }
}
