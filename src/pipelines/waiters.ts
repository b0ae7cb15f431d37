import { FunctionsError } from "../errors/functions-error.ts"
import type { PipelineRun } from "../model/pipeline.ts"

/** Those who wait for runs to end. */
export interface Waiters {
  /** Resolves when the run has ended, here or in another process. */
  wait(organisation: string, runId: string, signal: AbortSignal | undefined): Promise<PipelineRun>
  /** Tells them that a run has ended, and as what; without that they look. */
  ended(runId: string, run?: PipelineRun): void
  signalOf(runId: string): AbortSignal | undefined
  /** Looks a last time; those whose run has not ended get `FN_008`. Whoever waits from then on waits. */
  stop(): Promise<void>
  /** The same, and nobody may wait from then on. */
  end(): Promise<void>
}

/** How often to look at a run that may have gone on in another process. */
const pollMs = 1000
/** Looks that fail one after the other before whoever waits is told: the run itself goes on. */
const maxFailures = 30

/** Where whoever waits looks. */
export interface WaitersOptions {
  /** Gives a run as it is, or null while it is under way. */
  readonly read: (organisation: string, runId: string) => Promise<PipelineRun | null>
  /** Has a run end whose caller has gone, where that is not known where it is. */
  readonly abandon: (organisation: string, runId: string) => Promise<void>
}

/** Creates them. */
export function createWaiters({ read, abandon }: WaitersOptions): Waiters {
  interface Waiter {
    readonly signal: AbortSignal | undefined
    readonly look: () => Promise<void>
    readonly answer: (run: PipelineRun) => void
    readonly giveUp: (error: Error) => void
  }
  const waiters = new Map<string, Waiter>()
  let isOver = false

  async function giveUpAll(): Promise<void> {
    await Promise.all([...waiters.values()].map(({ look }) => look()))
    for (const [runId, { giveUp }] of waiters) giveUp(closed(runId))
  }

  return {
    wait(organisation, runId, signal) {
      if (isOver) return Promise.reject(closed(runId))
      return new Promise((resolve, reject) => {
        let failures = 0
        const look = async () => {
          try {
            const run = await read(organisation, runId)
            if (!run || run.endedAt === null) {
              // It may wait for days, or have gone on in another process, and then nobody would end it.
              if (signal?.aborted) await abandon(organisation, runId)
              failures = 0
              return
            }
            answer(run)
          } catch (error) {
            failures += 1
            if (failures < maxFailures) return
            end()
            reject(error)
          }
        }
        const timer = setInterval(look, pollMs)
        signal?.addEventListener("abort", look, { once: true })
        const end = () => {
          clearInterval(timer)
          signal?.removeEventListener("abort", look)
          waiters.delete(runId)
        }
        const answer = (run: PipelineRun) => {
          end()
          resolve(run)
        }
        const giveUp = (error: Error) => {
          end()
          reject(error)
        }
        waiters.set(runId, { signal, look, answer, giveUp })
      })
    },
    ended(runId, run) {
      const waiter = waiters.get(runId)
      if (run) waiter?.answer(run)
      else void waiter?.look()
    },
    signalOf: (runId) => waiters.get(runId)?.signal,
    stop: giveUpAll,
    async end() {
      isOver = true
      await giveUpAll()
    },
  }
}

function closed(runId: string): FunctionsError {
  const reason = "the service is closed; the run goes on in another process, or later"
  return new FunctionsError("FN_008", `Cannot wait for the end of pipeline run "${runId}": ${reason}.`)
}
