import type { LogLine } from "../model/log.ts"
import type { LogStore, StoredLogLine } from "../ports/log-storage.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { createSeenIds, type SeenIds } from "./seen-ids.ts"
import type { Tail } from "./tail.ts"

/** A tail with what it is for. */
export interface FollowingTail extends Pick<Tail, "push"> {
  readonly matches: (line: LogLine) => boolean
  /** It wants what was stored since then. */
  readonly from: number
}

/** Options of `createFollowing`. */
export interface FollowingOptions {
  readonly store: Pick<LogStore, "listWritten">
  /** Epoch milliseconds, the same in all processes that share the storage. */
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  readonly onError: (error: unknown) => void
}

/** Brings lines to tails: those of this process as they are handed in, those of others by asking the storage. */
export interface Following {
  /** Whether anybody wants lines of this organisation. */
  follows(organisation: string): boolean
  /** How many tails an organisation has. */
  count(organisation: string): number
  add(organisation: string, tail: FollowingTail): void
  remove(organisation: string, tail: FollowingTail): void
  /** Lines that were written in this process. */
  deliver(lines: readonly LogLine[]): void
  stop(): void
}

/** What another process has begun to write is there at the latest after so long. */
export const lateMs = 3000
const pollMs = 1000
const pageSize = 500
/** Lines of this process come back from the storage, later where it fails. */
const ownAgainMs = 120_000

interface Followed {
  readonly tails: Set<FollowingTail>
  readonly seen: SeenIds
}

/** Creates it. Nothing is armed, and nothing asked for, while nobody follows. */
export function createFollowing({ store, now, wakeAfter, onError }: FollowingOptions): Following {
  const followed = new Map<string, Followed>()
  let from = 0
  let disarm = () => {}
  /** Counts how often it has begun, or ended, to look. */
  let round = 0
  let isFailing = false

  function hand(line: LogLine, writtenAt: number, forgetAt: number, arrivedAt: number): void {
    const one = followed.get(line.organisation)
    if (!one?.seen.add(line.id, forgetAt)) return
    for (const tail of one.tails) if (writtenAt >= tail.from && tail.matches(line)) tail.push(line, arrivedAt)
  }

  function arm(mine: number): void {
    disarm = wakeAfter(pollMs, async () => {
      const began = now()
      try {
        await look(mine)
        from = began - lateMs
        isFailing = false
      } catch (error) {
        if (!isFailing) onError(error)
        isFailing = true
      }
      for (const { seen } of followed.values()) seen.forget(from)
      if (mine === round) arm(mine)
    })
  }

  async function look(mine: number): Promise<void> {
    const organisations = [...followed.keys()]
    let last: StoredLogLine | undefined
    do {
      const lines = await store.listWritten(organisations, last ?? from, pageSize)
      const at = now()
      for (const { writtenAt, ...line } of lines) hand(line, writtenAt, writtenAt + 2 * lateMs, at)
      last = lines.length === pageSize ? lines.at(-1) : undefined
    } while (last !== undefined && mine === round)
  }

  function stop(): void {
    round++
    disarm()
  }

  return {
    follows: (organisation) => followed.has(organisation),
    count: (organisation) => followed.get(organisation)?.tails.size ?? 0,
    add(organisation, tail) {
      const one = followed.get(organisation) ?? { tails: new Set(), seen: createSeenIds() }
      one.tails.add(tail)
      followed.set(organisation, one)
      from = Math.min(from, tail.from)
      if (followed.size > 1 || one.tails.size > 1) return
      from = tail.from
      arm(++round)
    },
    remove(organisation, tail) {
      const one = followed.get(organisation)
      one?.tails.delete(tail)
      if (one?.tails.size === 0) followed.delete(organisation)
      if (followed.size === 0) stop()
    },
    deliver(lines) {
      const at = now()
      for (const line of lines) hand(line, at, at + ownAgainMs, at)
    },
    stop,
  }
}
