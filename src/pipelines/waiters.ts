import type { PipelineRun } from "../model/pipeline.ts"

/** Those who wait for runs to end. */
export interface Waiters {
  /** Resolves when the run has ended, here or in another process. */
  wait(organisation: string, runId: string, signal: AbortSignal | undefined): Promise<PipelineRun>
  /** Tells them that a run has ended. */
  ended(runId: string): void
  signalOf(runId: string): AbortSignal | undefined
}

/** How often to look at a run that may have gone on in another process. */
const pollMs = 1000

/** Creates them; `read` gives a run as it is. */
export function createWaiters(read: (organisation: string, runId: string) => Promise<PipelineRun | null>): Waiters {
  interface Waiter {
    readonly signal: AbortSignal | undefined
    readonly look: () => void
  }
  const waiters = new Map<string, Waiter>()

  return {
    wait(organisation, runId, signal) {
      return new Promise((resolve, reject) => {
        const look = async () => {
          try {
            const run = await read(organisation, runId)
            if (!run || run.endedAt === null) return
            end()
            resolve(run)
          } catch (error) {
            end()
            reject(error)
          }
        }
        const timer = setInterval(look, pollMs)
        const end = () => {
          clearInterval(timer)
          waiters.delete(runId)
        }
        waiters.set(runId, { signal, look })
      })
    },
    ended: (runId) => waiters.get(runId)?.look(),
    signalOf: (runId) => waiters.get(runId)?.signal,
  }
}
