import type { PipelineStore, RunClaim, RunRow } from "../ports/pipeline-storage.ts"
import { type Journal, openJournal } from "./journal.ts"
import { walkSteps } from "./walk-steps.ts"

/** A run that a worker has, with its journal. */
export interface ClaimedRun extends Pick<RunClaim, "run" | "fence" | "unreadable"> {
  readonly journal: Journal
}

/** Runs that wait, as the worker that had them last knows them: it need not read again what it wrote down itself. */
export interface WaitingRuns {
  /** The run for its next turn, with what has changed meanwhile; null where it has to be read. */
  resume(organisation: string, runId: string): Promise<ClaimedRun | null>
  keep(claimed: ClaimedRun, change: Pick<RunRow, "error">): void
}

interface Kept {
  readonly claimed: ClaimedRun
  readonly chars: number
}

/** What a step of a definition holds, about. */
const stepChars = 200
/** Characters that are held of all of them together; the ones that began to wait first are forgotten first. */
const maxChars = 16_777_216

/** Creates what keeps them. */
export function createWaitingRuns(store: PipelineStore): WaitingRuns {
  const kept = new Map<string, Kept>()
  let size = 0

  function take(key: string): ClaimedRun | undefined {
    const found = kept.get(key)
    if (found && kept.delete(key)) size -= found.chars
    return found?.claimed
  }

  return {
    async resume(organisation, runId) {
      const claimed = take(`${organisation}/${runId}`)
      const claim = claimed && (await store.resume(organisation, runId, claimed.fence))
      if (!claim) return null
      claimed.journal.goOn(claim)
      return { ...claimed, fence: claim.fence, run: { ...claimed.run, status: "running" } }
    },

    keep(claimed, change) {
      const { run, journal } = claimed
      const key = `${run.organisation}/${run.id}`
      take(key)
      const chars = journal.size() + run.input.length + stepChars * [...walkSteps(run.definition)].length
      kept.set(key, { claimed: { ...claimed, run: { ...run, ...change } }, chars })
      size += chars
      for (const oldest of kept.keys()) {
        if (size <= maxChars) break
        take(oldest)
      }
    },
  }
}

/** A run that was read, with its journal. */
export function toClaimedRun(store: PipelineStore, claim: RunClaim): ClaimedRun {
  const { run, fence, unreadable } = claim
  return { run, fence, journal: openJournal(store, claim), ...(unreadable !== undefined && { unreadable }) }
}
