import { FunctionsError } from "../errors/functions-error.ts"
import type { PipelineStore, StepRow } from "../ports/pipeline-storage.ts"
import type { Queue } from "../ports/queue.ts"
import { matches } from "./scope.ts"
import { ownError } from "./step-execution.ts"

/** What somebody said of a step that waits for approval. */
export interface Approval {
  readonly approved: boolean
  /** Who says so. */
  readonly by?: string
  readonly comment?: string
}

/** What comes to runs from outside. */
export interface Outside {
  /** Approves or refuses a step that waits for it; `FN_001` where none of this name waits. */
  approve(organisation: string, runId: string, step: string, approval: Approval): Promise<void>
  /** Hands an event to the runs that wait for it; answers how many these are. */
  deliver(organisation: string, event: { readonly type: string }): Promise<number>
}

/** Creates what ends waiting steps and wakes their runs. */
export function createOutside(options: {
  readonly store: PipelineStore
  readonly queue: Queue
  readonly now: () => number
}): Outside {
  const { store, queue, now } = options

  async function resolve(
    organisation: string,
    runId: string,
    step: StepRow,
    ending: Partial<Pick<StepRow, "status" | "output" | "error">>,
  ): Promise<boolean> {
    const at = now()
    const ended = { ...step, status: "succeeded" as const, ...ending, endedAt: at }
    const isFirst = await store.resolveStep(organisation, runId, ended)
    if (isFirst) await queue.hasten(organisation, runId, at)
    return isFirst
  }

  return {
    async approve(organisation, runId, name, { approved, by, comment }) {
      const steps = await store.listSteps(organisation, runId)
      const step = steps.find((one) => one.name === name && one.kind === "approval" && one.status === "waiting")
      const said = JSON.stringify({
        approved,
        ...(by !== undefined && { by }),
        ...(comment !== undefined && { comment }),
      })
      const error = ownError("FN_009", `Step "${name}" was refused${comment === undefined ? "" : `: ${comment}`}.`)
      const ending = approved ? { output: said } : { status: "failed" as const, output: said, error }
      if (step && (await resolve(organisation, runId, step, ending))) return
      throw new FunctionsError(
        "FN_001",
        `Cannot approve step "${name.slice(0, 80)}" of run "${runId.slice(0, 80)}": no step of this name waits for it.`,
      )
    },

    async deliver(organisation, event) {
      const waiting = await store.listAwaiting(organisation, event.type)
      let count = 0
      for (const { runId, step } of waiting) {
        if (!matches(event, step.awaited?.match ?? {})) continue
        if (await resolve(organisation, runId, step, { output: JSON.stringify(event) })) count++
      }
      return count
    },
  }
}
