import type { LogLine, TailedLogLine } from "../model/log.ts"
import type { LogStore, StoredLogLine } from "../ports/log-storage.ts"
import { lateMs } from "./follow.ts"

const pageSize = 500
/** What had not come to a tail by then was stored at the earliest so long before. */
const marginMs = lateMs + 2000

/** The lines that were stored since a tail broke off, and which of them another tail may have as well. */
export interface Replay {
  read(): AsyncGenerator<TailedLogLine, void, undefined>
  readonly seen: ReadonlySet<string>
}

/** Reads them as fast as they are taken. */
export function replayLogs({
  store,
  organisation,
  matches,
  since,
  openedAt,
}: {
  readonly store: Pick<LogStore, "listWritten">
  readonly organisation: string
  readonly matches: (line: LogLine) => boolean
  readonly since: number
  readonly openedAt: number
}): Replay {
  const seen = new Set<string>()
  return {
    seen,
    async *read() {
      let last: StoredLogLine | undefined
      do {
        const lines = await store.listWritten([organisation], last ?? since - marginMs, pageSize)
        for (const { writtenAt, ...line } of lines) {
          if (!matches(line)) continue
          if (writtenAt >= openedAt - marginMs) seen.add(line.id)
          yield { ...line, arrivedAt: Math.min(writtenAt, openedAt) }
        }
        last = lines.length === pageSize ? lines.at(-1) : undefined
      } while (last !== undefined && last.writtenAt <= openedAt)
    },
  }
}
