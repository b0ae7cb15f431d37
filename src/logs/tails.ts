import { FunctionsError } from "../errors/functions-error.ts"
import { invalid } from "../model/invalid.ts"
import type { TailedLogLine } from "../model/log.ts"
import type { LogStore, StoredLogFilter } from "../ports/log-storage.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { type Following, lateMs } from "./follow.ts"
import { createMatcher } from "./matcher.ts"
import { type Replay, replayLogs } from "./replay.ts"
import { createTail, type LogTail, type TailReading } from "./tail.ts"

/** How a tail is read, and until when. */
export interface TailOptions extends TailReading {
  /** Ends the tail. */
  readonly signal?: AbortSignal | undefined
  /**
   * First gives the lines that came since then, in epoch milliseconds: `arrivedAt` of the last line of a tail that broke off.
   * Some that it had may come again, with the same ids.
   */
  readonly since?: number | undefined
}

/** What the tails of a service need. */
export interface TailsOptions {
  readonly store: Pick<LogStore, "listWritten">
  readonly following: Following
  /** Writes down what this process has not written yet. */
  readonly flush: () => Promise<void>
  readonly now: () => number
  readonly wakeAfter: WakeAfter
}

/** The tails of a service. */
export interface Tails {
  /** Opens one at once, for lines as the filter says once it is known. */
  open(organisation: string, filter: Promise<StoredLogFilter>, options: TailOptions): LogTail
  /** Ends all of them. */
  close(): void
}

const maxTails = 100

/** Creates them. */
export function createTails({ store, following, flush, now, wakeAfter }: TailsOptions): Tails {
  const ends = new Set<() => void>()
  let isClosed = false

  return {
    open(organisation, filter, { signal, since, ...reading }) {
      const tail = createTail({ ...reading, wakeAfter })
      let leave = () => {}
      let hasEnded = false
      const end = () => {
        hasEnded = true
        leave()
        signal?.removeEventListener("abort", end)
        ends.delete(end)
        tail.end()
      }

      async function begin(): Promise<Replay | undefined> {
        const matches = createMatcher(await filter)
        if (since !== undefined && !(since >= 0 && since <= Number.MAX_SAFE_INTEGER)) {
          throw invalid("follow the logs", [{ path: "since", message: "must be epoch milliseconds" }])
        }
        if (isClosed) throw new FunctionsError("FN_008", "Cannot follow the logs: the service is closed, or closing.")
        if (following.count(organisation) >= maxTails) {
          throw new FunctionsError("FN_007", `Cannot follow the logs: ${maxTails} do so in this organisation already.`)
        }
        const openedAt = now()
        const from = since === undefined ? openedAt : openedAt - lateMs
        const follower = { matches, from, push: tail.push }
        if (hasEnded) return undefined
        following.add(organisation, follower)
        leave = () => following.remove(organisation, follower)
        if (since === undefined) return undefined
        await flush()
        return replayLogs({ store, organisation, matches, since, openedAt })
      }

      ends.add(end)
      signal?.addEventListener("abort", end)
      if (signal?.aborted) end()
      const beginning = begin()
      const opened = beginning.then(() => {})
      opened.catch(end)
      const lines = readLines(beginning, tail.read(), () => signal?.aborted === true)
      return {
        opened,
        next: () => lines.next(),
        async return() {
          end()
          return await lines.return(undefined)
        },
        [Symbol.asyncIterator]() {
          return this
        },
      }
    },
    close() {
      isClosed = true
      for (const end of ends) end()
    },
  }
}

/** What came before, then what comes; each line once. */
async function* readLines(
  beginning: Promise<Replay | undefined>,
  live: AsyncGenerator<TailedLogLine, undefined, undefined>,
  isOver: () => boolean,
): AsyncGenerator<TailedLogLine, undefined, undefined> {
  const before = await beginning
  if (before) {
    for await (const line of before.read()) {
      if (isOver()) return undefined
      yield line
    }
  }
  for await (const line of live) {
    if (isOver()) return undefined
    if (!before?.seen.has(line.id)) yield line
  }
  return undefined
}
