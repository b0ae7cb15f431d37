import type { LogLine, TailedLogLine } from "../model/log.ts"
import type { WakeAfter } from "../util/wake-after.ts"

/** Lines as they come: `for await (const line of tail)`. Leaving the loop ends it. */
export interface LogTail extends AsyncIterableIterator<TailedLogLine, undefined> {
  /** Resolves once lines are kept for it; rejects where it cannot be, as the first `next()` does. */
  readonly opened: Promise<void>
  return(): Promise<IteratorResult<TailedLogLine, undefined>>
}

/** How a tail is read. */
export interface TailReading {
  /** So many lines were lost just here, because they came faster than they were read. */
  readonly onDropped?: ((count: number) => void) | undefined
  /** Nothing has come for 15 seconds. */
  readonly onIdle?: (() => void) | undefined
}

/** Lines on their way to one reader. */
export interface Tail {
  /** Takes a line; never waits. */
  push(line: LogLine, arrivedAt: number): void
  /** Gives lines until the tail has ended. */
  read(): AsyncGenerator<TailedLogLine, undefined, undefined>
  end(): void
}

const maxWaiting = 1000
const maxWaitingCharacters = 1_000_000
const idleMs = 15_000

/** Creates one; a reader who is slow loses lines, and is told how many. */
export function createTail({ onDropped, onIdle, wakeAfter }: TailReading & { readonly wakeAfter: WakeAfter }): Tail {
  let waiting: TailedLogLine[] = []
  let characters = 0
  let dropped = 0
  let hasEnded = false
  let wake = () => {}

  function sleep(): Promise<void> {
    return new Promise((resolve) => {
      const rest = () =>
        wakeAfter(idleMs, () => {
          onIdle?.()
          cancel = rest()
        })
      let cancel = rest()
      wake = () => {
        cancel()
        resolve()
      }
    })
  }

  return {
    push(line, arrivedAt) {
      if (hasEnded) return
      // Once lines were lost, none is taken until the reader has heard of it: what is told is told in its place.
      if (dropped > 0 || waiting.length >= maxWaiting || characters >= maxWaitingCharacters) dropped++
      else {
        waiting.push({ ...line, arrivedAt })
        characters += line.message.length
      }
      wake()
    },
    async *read() {
      while (true) {
        const lines = waiting
        waiting = []
        for (const line of lines) {
          characters -= line.message.length
          yield line
        }
        if (waiting.length > 0) continue
        if (dropped > 0) {
          const count = dropped
          dropped = 0
          onDropped?.(count)
        } else if (hasEnded) return undefined
        else await sleep()
      }
    },
    end() {
      hasEnded = true
      wake()
    },
  }
}
