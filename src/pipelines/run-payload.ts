import type { PipelineStep, RunSurroundings } from "../model/pipeline.ts"
import { areSteps } from "../model/pipeline-shape.ts"
import type { StepRow } from "../ports/pipeline-storage.ts"
import { isRecord } from "../util/is-record.ts"
import { readJson } from "../util/read-json.ts"

/** What a pipeline's job carries: everything that its run begins with. */
export interface RunPayload {
  readonly pipeline: string
  readonly definition: readonly PipelineStep[]
  /** Jobs of earlier versions of the service have none. */
  readonly surroundings?: RunSurroundings
  /** JSON text. */
  readonly input: string
  readonly originId: string | null
  /** What it need not do, because another run has done it. */
  readonly steps?: readonly StepRow[]
}

/** What the job of a run carries once it has waited. */
export type BegunPayload = Pick<RunPayload, "pipeline" | "originId"> & { readonly definition?: undefined }

/** What a run begins with; null where its job does not tell, because the run has begun or the text cannot be read. */
export function readBeginning(text: string): RunPayload | null {
  const payload = readJson<Partial<RunPayload> | null>(text, null)
  const { pipeline, definition, input } = isRecord(payload) ? payload : {}
  const isWhole = typeof pipeline === "string" && typeof input === "string" && areSteps(definition)
  return isWhole ? (payload as RunPayload) : null
}
