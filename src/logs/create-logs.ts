import type { InvocationRecord } from "../model/invocation.ts"
import type { LogFilter, LogLine } from "../model/log.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { LogStore, StoredLogFilter } from "../ports/log-storage.ts"
import { checkNumber } from "../util/check-number.ts"
import { createBatches } from "../util/create-batches.ts"
import type { WakeAfter } from "../util/wake-after.ts"
import { createFollowing } from "./follow.ts"
import { parseFilter } from "./parse-filter.ts"
import { exportLogs, searchLogs } from "./search.ts"
import type { LogTail } from "./tail.ts"
import { createTails, type TailOptions } from "./tails.ts"
import { type CallLine, toLine } from "./to-line.ts"

/** How what functions write is kept. */
export interface LogsOptions {
  /** For how many milliseconds. @default 2592000000, which is 30 days */
  readonly keepMs?: number
}

/** Options of `createLogs`. */
export interface CreateLogsOptions extends LogsOptions {
  readonly store: LogStore
  /** Epoch milliseconds, the same in all processes that share the storage. */
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  /** The id of a function by its name or id; `FN_001` where there is none. */
  readonly findFunction: (organisation: string, name: string) => Promise<string>
  /** Hears of failures in the background; `dropped` lines are lost for good. */
  readonly onError: (error: unknown, context: { readonly stage: "logs"; readonly dropped?: number }) => void
}

/** What functions wrote. */
export interface Logs {
  /** Takes the lines of a call that has ended; never throws and never waits. */
  record(call: InvocationRecord): void
  list(organisation: string, filter: LogFilter, page: PageRequest): Promise<Page<LogLine>>
  /** `FN_007` where the organisation has 100 already. */
  tail(organisation: string, filter: LogFilter, options?: TailOptions): LogTail
  export(organisation: string, filter: LogFilter): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>
  /** Removes at most `limit` lines that are too old; answers how many. */
  expire(now: number, limit: number): Promise<number>
  /** Ends all tails, and writes what waits. */
  close(): Promise<void>
}

const dayMs = 86_400_000
/** Beside what it says, a line takes about so many characters. */
const ownCharacters = 300
const maxBufferedCharacters = 64 * 1024 * 1024

/** Creates them. */
export function createLogs(options: CreateLogsOptions): Logs {
  const { store, now, wakeAfter, findFunction, keepMs = 30 * dayMs } = options
  checkNumber("logs.keepMs", keepMs, { least: 1 })
  const onError = (error: unknown, dropped?: number) =>
    options.onError(error, { stage: "logs", ...(dropped !== undefined && { dropped }) })
  const { add, flush, ...batches } = createBatches<CallLine>({
    write: (lines) => store.insert(lines.map(toLine), now()),
    sizeOf: ({ call, index }) => (call.logs[index]?.message.length ?? 0) + ownCharacters,
    maxBufferedSize: maxBufferedCharacters,
    noun: "lines that functions wrote",
    now,
    onError,
  })
  const following = createFollowing({ store, now, wakeAfter, onError })
  const tails = createTails({ store, following, flush, now, wakeAfter })
  let toDeliver: InvocationRecord[] = []

  function deliver(): void {
    const calls = toDeliver
    toDeliver = []
    for (const call of calls) following.deliver(call.logs.map((_, index) => toLine({ call, index })))
  }

  async function toStored(organisation: string, filter: LogFilter): Promise<StoredLogFilter> {
    const { function: name, ...rest } = parseFilter(filter)
    return name === undefined ? rest : { ...rest, functionId: await findFunction(organisation, name) }
  }

  return {
    record(call) {
      const { length } = call.logs
      if (length === 0) return
      for (let index = 0; index < length; index++) add({ call, index })
      if (!following.follows(call.organisation)) return
      // Tails are served once the call's caller has been.
      if (toDeliver.push(call) === 1) setImmediate(deliver)
    },
    async list(organisation, filter, page) {
      const stored = await toStored(organisation, filter)
      await flush()
      return await searchLogs(store, organisation, stored, page)
    },
    tail: (organisation, filter, tailOptions = {}) =>
      tails.open(organisation, toStored(organisation, filter), tailOptions),
    async export(organisation, filter) {
      const stored = await toStored(organisation, filter)
      await flush()
      // What is written while it is read would have no end.
      return exportLogs(store, organisation, { ...stored, to: Math.min(stored.to ?? Infinity, now() + 1) })
    },
    expire: (at, limit) => store.expire(at - keepMs, limit),
    async close() {
      tails.close()
      await batches.close()
    },
  }
}
