import type { Queue } from "../../ports/queue.ts"

/** Removes jobs that ended long ago. */
export interface Sweeper {
  start(): void
  stop(): void
}

type Ended = Parameters<Queue["expire"]>[0]

const everyMs = 400_000
/** Whoever starts has better things to do; but a host that starts anew every few minutes has to come to it, too. */
const firstAfterMs = 60_000
const removedAtOnce = 500

/** Creates a sweeper that has not been started; `keepMs` says for how long jobs are kept after their end. */
export function createSweeper(options: {
  readonly queue: Queue
  readonly now: () => number
  /** Each removes something else that has had its time, and answers how many; one that fails is told of, and tried again next time. */
  readonly expireOthers: readonly ((now: number, limit: number) => Promise<number>)[]
  readonly keepMs: Readonly<Record<Ended, number>>
  /** From 0 to 1: processes that start together are not to sweep together. */
  readonly random: () => number
  readonly onError: (error: unknown, context: { readonly stage: "queue" }) => void
}): Sweeper {
  const { queue, now, keepMs, expireOthers, random, onError } = options
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  const jobs = (Object.entries(keepMs) as [Ended, number][]).map(
    ([status, keep]) =>
      (at: number, limit: number) =>
        queue.expire(status, at - keep, limit),
  )

  async function sweep(): Promise<void> {
    for (const step of [...jobs, ...expireOthers]) {
      try {
        // In small pieces: others write too.
        while (!isStopped && (await step(now(), removedAtOnce)) === removedAtOnce) await pause()
      } catch (error) {
        // What one step cannot do must not keep the others' rows.
        onError(error, { stage: "queue" })
      }
    }
  }

  /** After so long, or up to twice as long. */
  function sweepAfter(ms: number): void {
    if (isStopped) return
    timer = setTimeout(() => void sweep().then(() => sweepAfter(everyMs)), ms * (1 + random()))
    timer.unref()
  }

  return {
    start: () => sweepAfter(firstAfterMs),
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
