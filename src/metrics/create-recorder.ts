import type { InvocationRecord } from "../model/invocation.ts"
import type { InvocationFilter, InvocationStore, Page, PageRequest } from "../ports/storage.ts"

/** Options of `createRecorder`. */
export interface RecorderOptions {
  readonly store: InvocationStore
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Hears of failures in the background; `dropped` records are lost for good. */
  readonly onError: (error: unknown, context: { readonly stage: "metrics"; readonly dropped?: number }) => void
  /** Records that one write may carry. @default 500 */
  readonly maxBatch?: number
  /** How long a record may wait for company. @default 250 */
  readonly flushAfterMs?: number
  /** Records that may wait while the storage fails; later ones are dropped. @default 100_000 */
  readonly maxBuffered?: number
}

/** Writes down what happened, in batches, off the path of the calls. */
export interface Recorder {
  /** Takes a record; never throws and never waits. */
  record(invocation: InvocationRecord): void
  /** Waits until everything recorded so far was written, or a write failed: then it is tried again later. */
  flush(): Promise<void>
  /** Like the store's, after a flush. */
  find(organisation: string, id: string): Promise<InvocationRecord | null>
  /** Like the store's, after a flush. */
  list(organisation: string, filter: InvocationFilter, page: PageRequest): Promise<Page<InvocationRecord>>
  /** Writes what waits, trying a few times; what cannot be written then is dropped, as is what comes later. */
  close(): Promise<void>
}

/** A batch that the storage will not take must not hold up the others for ever. */
const giveUpAfterMs = 60_000
const maxAttemptsAtClose = 3
const firstBackoffMs = 100
const maxBackoffMs = 5_000

/** Makes a recorder. An idle one has no timer; its timer never holds up the end of the process. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { store, now, maxBatch = 500, flushAfterMs = 250, maxBuffered = 100_000 } = options
  let buffer: InvocationRecord[] = []
  let recorded = 0
  /** Written or dropped, of `recorded`. */
  let settled = 0
  let refused = 0
  /** Since when the first batch in line has failed. */
  let failingSince: number | undefined
  let failuresInRow = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let waiting: { readonly until: number; readonly resolve: () => void }[] = []
  let closed = false

  function record(invocation: InvocationRecord): void {
    if (closed || buffer.length >= maxBuffered) {
      refused++
    } else {
      buffer.push(invocation)
      recorded++
    }
    if (timer === undefined && writing === undefined && !closed) arm(flushAfterMs)
  }

  function arm(delayMs: number): void {
    timer = setTimeout(write, delayMs)
    timer.unref()
  }

  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing ??= writeBatches().then((done) => {
      writing = undefined
      // After a failure nobody waits on: what they would wait for may take long.
      wake(done ? settled : recorded)
      if (waiting.length > 0) write()
      else if (buffer.length > 0 && !closed) arm(done ? flushAfterMs : backoffMs(failuresInRow))
    })
    return writing
  }

  /** Writes batches in order until none waits or one fails; tells which. */
  async function writeBatches(): Promise<boolean> {
    reportRefused()
    while (buffer.length > 0) {
      const batch = buffer.slice(0, maxBatch)
      try {
        await store.insert(batch)
        failuresInRow = 0
        settle(batch.length)
      } catch (error) {
        failuresInRow++
        failingSince ??= now()
        if (now() - failingSince >= giveUpAfterMs) {
          settle(batch.length)
          report(error, batch.length)
        } else if (failuresInRow === 1) report(error)
        return false
      }
      wake(settled)
    }
    return true
  }

  function settle(count: number): void {
    buffer = buffer.slice(count)
    settled += count
    failingSince = undefined
  }

  function wake(until: number): void {
    if (waiting.length === 0) return
    const ready = waiting.filter((waiter) => waiter.until <= until)
    waiting = waiting.filter((waiter) => waiter.until > until)
    for (const { resolve } of ready) resolve()
  }

  async function flush(): Promise<void> {
    if (settled === recorded) return
    const written = new Promise<void>((resolve) => waiting.push({ until: recorded, resolve }))
    write()
    await written
  }

  async function close(): Promise<void> {
    if (closed) return await writing
    closed = true
    clearTimeout(timer)
    await writing
    for (let attempt = 1; buffer.length > 0 && attempt <= maxAttemptsAtClose; attempt++) {
      if (attempt > 1) await new Promise((resolve) => setTimeout(resolve, backoffMs(attempt - 1)))
      await write()
    }
    const lost = buffer.length
    settle(lost)
    wake(settled)
    if (lost > 0) report(new Error("Cannot write invocations: the storage failed until the service closed."), lost)
    reportRefused()
  }

  function reportRefused(): void {
    if (refused === 0) return
    const dropped = refused
    refused = 0
    report(new Error(`Cannot keep invocations: ${maxBuffered} wait for the storage already.`), dropped)
  }

  function report(error: unknown, dropped?: number): void {
    try {
      options.onError(error, dropped === undefined ? { stage: "metrics" } : { stage: "metrics", dropped })
    } catch {
      // A listener that fails must not end the writing.
    }
  }

  return {
    record,
    flush,
    close,
    async find(organisation, id) {
      await flush()
      return await store.find(organisation, id)
    },
    async list(organisation, filter, page) {
      await flush()
      return await store.list(organisation, filter, page)
    },
  }
}

function backoffMs(failures: number): number {
  return Math.min(firstBackoffMs * 2 ** (failures - 1), maxBackoffMs)
}
