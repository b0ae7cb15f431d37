import { createHash } from "node:crypto"
import type { FunctionRecord } from "../../model/function.ts"
import type { InvocationRecord } from "../../model/invocation.ts"
import type { NewJob } from "../../model/job.ts"
import type { LayerCommit } from "../../ports/layer-storage.ts"
import type { RunRow, StepRow } from "../../ports/pipeline-storage.ts"
import type { DeploymentCommit } from "../../ports/storage.ts"
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
    lane: null,
    idempotency: null,
    leasedUntil: null,
    createdAt: 1,
    ...changes,
  }
}

/** A run that has just begun. */
export function sampleRun(organisation: string, pipeline: string, changes: Partial<RunRow> = {}): RunRow {
  return {
    id: newId(sampleTime),
    organisation,
    pipeline,
    status: "running",
    definition: [{ kind: "function", name: "first", function: "sample@2" }],
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
