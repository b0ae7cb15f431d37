import type { Queue } from "../../ports/queue.ts"

/** Removes jobs that ended long ago. */
export interface Sweeper {
  start(): void
  stop(): void
}

type Ended = Parameters<Queue["expire"]>[0]

const everyMs = 600_000
const removedAtOnce = 500

/** Creates a sweeper that has not been started; `keepMs` says for how long jobs are kept after their end. */
export function createSweeper(options: {
  readonly queue: Queue
  readonly now: () => number
  /** Removes what else has had its time; answers how many. */
  readonly expireOthers: (now: number, limit: number) => Promise<number>
  readonly keepMs: Readonly<Record<Ended, number>>
  readonly onError: (error: unknown, context: { readonly stage: "queue" }) => void
}): Sweeper {
  const { queue, now, keepMs, expireOthers, onError } = options
  let timer: NodeJS.Timeout | undefined

  async function sweep(): Promise<void> {
    try {
      for (const [status, keep] of Object.entries(keepMs) as [Ended, number][]) {
        // In small pieces: others write too.
        while ((await queue.expire(status, now() - keep, removedAtOnce)) === removedAtOnce) await pause()
      }
      while ((await expireOthers(now(), removedAtOnce)) === removedAtOnce) await pause()
    } catch (error) {
      onError(error, { stage: "queue" })
    }
  }

  return {
    start() {
      timer = setInterval(sweep, everyMs)
      timer.unref()
    },
    stop() {
      clearInterval(timer)
    },
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
