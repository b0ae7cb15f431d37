import { FunctionsError } from "../errors/functions-error.ts"
import type { CloudEvent } from "../model/event.ts"
import type { PageRequest } from "../model/page.ts"
import type { PipelineStore, StepRow } from "../ports/pipeline-storage.ts"
import type { Queue } from "../ports/queue.ts"
import { type CompileFilter, isAwaited } from "./event-filters.ts"
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
  /**
   * Hands an event to the runs that wait for it; answers how many of their steps these were. `key` is what the event is
   * known by: however often it is delivered, it goes to a run once, and to all that waits for it there at that time.
   */
  deliver(organisation: string, key: string, event: CloudEvent): Promise<number>
}

/** Runs that are read at once of all that wait for an event. */
const runsAtOnce = 100

/** Creates what ends waiting steps and wakes their runs. */
export function createOutside(options: {
  readonly store: PipelineStore
  readonly queue: Queue
  readonly now: () => number
  readonly compileFilter: CompileFilter
}): Outside {
  const { store, queue, now, compileFilter } = options

  async function resolve(
    organisation: string,
    runId: string,
    steps: readonly StepRow[],
    ending: Partial<Pick<StepRow, "status" | "output" | "error">>,
    { at, eventKey }: { readonly at: number; readonly eventKey: string | null },
  ): Promise<number> {
    const ended = steps.map((step) => ({ ...step, status: "succeeded" as const, ...ending, endedAt: at }))
    const count = await store.resolveSteps(organisation, runId, ended, eventKey)
    if (count > 0) await queue.hasten(organisation, runId, at)
    return count
  }

  return {
    async approve(organisation, runId, name, approval) {
      const { approved, by, comment } = checkApproval(approval)
      const steps = await store.listSteps(organisation, runId)
      const step = steps.find((one) => one.name === name && one.kind === "approval" && one.status === "waiting")
      const at = now()
      const said = JSON.stringify({
        approved,
        ...(by !== undefined && { by }),
        ...(comment !== undefined && { comment }),
        at,
      })
      const error = ownError("FN_009", `Step "${name}" was refused${comment === undefined ? "" : `: ${comment}`}.`)
      const ending = approved ? { output: said } : { status: "failed" as const, output: said, error }
      if (step && (await resolve(organisation, runId, [step], ending, { at, eventKey: null })) > 0) return
      throw new FunctionsError(
        "FN_001",
        `Cannot approve step "${name.slice(0, 80)}" of run "${runId.slice(0, 80)}": no step of this name waits for it.`,
      )
    },

    async deliver(organisation, key, event) {
      const output = JSON.stringify(event)
      let count = 0
      let cursor: string | null = null
      do {
        const page: PageRequest = cursor === null ? { limit: runsAtOnce } : { limit: runsAtOnce, cursor }
        const { items, next } = await store.listAwaiting(organisation, event.type, page)
        for (const { runId, steps } of items) {
          const meant = steps.filter(({ awaited }) => awaited && isAwaited(event, awaited, compileFilter))
          if (meant.length === 0) continue
          count += await resolve(organisation, runId, meant, { output }, { at: now(), eventKey: key })
        }
        cursor = next
      } while (cursor !== null)
      return count
    },
  }
}

/** Nothing but `true` approves. */
function checkApproval(approval: Approval): Approval {
  if (typeof approval?.approved === "boolean") return approval
  throw new FunctionsError("FN_006", "Cannot approve: approved must be true or false.", {
    issues: [{ path: "approved", message: "must be true or false" }],
  })
}
