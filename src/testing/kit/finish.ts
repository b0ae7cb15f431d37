import type { QueuedInvocation } from "../../model/durable-call.ts"
import { defaultOrganisation } from "../../model/name.ts"
import type { PipelineRun } from "../../model/pipeline.ts"
import type { Storage } from "../../ports/storage.ts"
import type { FunctionsService } from "../../service/functions.ts"
import { toMs } from "./durations.ts"
import type { Pump } from "./pump.ts"
import type { DrainOptions, FinishOptions, TestKit } from "./test-kit.ts"

/** Makes what moves the clock until something has ended. */
export function createFinish(options: {
  readonly functions: FunctionsService
  readonly storage: Storage
  readonly pump: Pump
  readonly failing: <Result>(pumped: () => Promise<Result>, options?: DrainOptions) => Promise<Result>
}): TestKit["finish"] {
  const { functions, storage, pump, failing } = options

  /** What a run waits for that no time will bring. */
  async function awaited(organisation: string, id: string): Promise<string | undefined> {
    const steps = (await storage.pipelines.listSteps(organisation, id)).filter(({ status }) => status === "waiting")
    if (steps.length === 0 || steps.some(({ wakeAt }) => wakeAt !== null)) return undefined
    return steps
      .map(({ name, awaited: event }) => (event ? `event "${event.type}" at step "${name}"` : `approval of "${name}"`))
      .join(", ")
  }

  return async <Work extends PipelineRun | QueuedInvocation>(work: Work, given: FinishOptions = {}): Promise<Work> => {
    const isRun = "pipeline" in work
    const organisation = given.organisation ?? (isRun ? defaultOrganisation : work.organisation)
    const face = functions.organisation(organisation)
    const read = (): Promise<unknown> => (isRun ? face.pipelines.getRun(work.id) : face.invocations.get(work.id))
    let present = (await read()) as Work
    let waitsFor: string | undefined
    const isDone = async () => {
      present = (await read()) as Work
      if (present.status === "waiting") waitsFor = await awaited(organisation, work.id)
      return waitsFor !== undefined || isEnd(present.status)
    }
    const name = isRun ? `pipeline "${work.pipeline}"` : `function "${work.name}"`
    const within = given.within ?? "366d"
    const isInTime = await failing(() => pump.advanceUntil(isDone, toMs(within)), given)
    if (waitsFor !== undefined) {
      throw new Error(`Cannot finish ${name}: it waits for ${waitsFor}, which no time brings; see to that, then drain.`)
    }
    if (!isInTime) throw new Error(`Cannot finish ${name}: after ${within} it is still ${present.status}.`)
    return present
  }
}

function isEnd(status: string): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled"
}
