/** Options of `createBatches`. */
export interface BatchesOptions<Item> {
  /** Writes some down: all of them or none. */
  readonly write: (items: readonly Item[]) => Promise<void>
  /** What they are, for messages: "invocations". */
  readonly noun: string
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Hears of failures in the background; `dropped` items are lost for good. */
  readonly onError: (error: unknown, dropped?: number) => void
  /** Items that one write may carry. @default 512, which the storage writes down in one statement */
  readonly maxBatch?: number
  /** How long an item may wait for company. @default 250 */
  readonly flushAfterMs?: number
  /** Items that may wait while the storage fails; later ones are dropped. @default 100_000 */
  readonly maxBuffered?: number
  /** Whether a batch that failed is tried again as it was, without what came meanwhile. @default false */
  readonly repeatsBatches?: boolean
  /** How large an item is, where that differs; in what `maxBufferedSize` is counted in. @default all are of size 0 */
  readonly sizeOf?: (item: Item) => number
  /** Together, while the storage fails; later ones are dropped. @default no limit */
  readonly maxBufferedSize?: number
}

/** Writes things down in batches, off the path of those who hand them in. */
export interface Batches<Item> {
  /** Takes one; never throws and never waits. */
  add(item: Item): void
  /** Those that have not been written yet, oldest first. */
  waiting(): readonly Item[]
  /** Waits until everything added so far was written, or a write failed: then it is tried again later. */
  flush(): Promise<void>
  /** Writes what waits, trying a few times; what cannot be written then is dropped, as is what comes later. */
  close(): Promise<void>
}

/** A batch that the storage will not take must not hold up the others for ever. */
const giveUpAfterMs = 60_000
const maxAttemptsAtClose = 3
const firstBackoffMs = 100
const maxBackoffMs = 5_000

/** Creates them. While idle there is no timer; the timer never holds up the end of the process. */
export function createBatches<Item>(options: BatchesOptions<Item>): Batches<Item> {
  const { write: writeItems, noun, now, maxBatch = 512, flushAfterMs = 250, maxBuffered = 100_000 } = options
  const { sizeOf = () => 0, maxBufferedSize = Infinity, repeatsBatches = false } = options
  let buffer: Item[] = []
  let bufferedSize = 0
  let added = 0
  /** Written or dropped, of `added`. */
  let settled = 0
  let refused = 0
  /** Since when the first batch in line has failed. */
  let failingSince: number | undefined
  let failuresInRow = 0
  /** Of the batch that is to be tried again as it was; 0 where none is. */
  let triedLength = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let waiting: { readonly until: number; readonly resolve: () => void }[] = []
  let closed = false

  function add(item: Item): void {
    if (closed || buffer.length >= maxBuffered || bufferedSize >= maxBufferedSize) {
      refused++
    } else {
      buffer.push(item)
      bufferedSize += sizeOf(item)
      added++
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
      wake(done ? settled : added)
      if (waiting.length > 0) write()
      else if (buffer.length > 0 && !closed) arm(done ? flushAfterMs : backoffMs(failuresInRow))
    })
    return writing
  }

  /** Writes batches in order until none waits or one fails; tells which. */
  async function writeBatches(): Promise<boolean> {
    reportRefused()
    while (buffer.length > 0) {
      const batch = buffer.slice(0, triedLength || maxBatch)
      try {
        await writeItems(batch)
        failuresInRow = 0
        settle(batch.length)
      } catch (error) {
        failuresInRow++
        if (repeatsBatches) triedLength = batch.length
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
    for (let index = 0; index < count; index++) bufferedSize -= sizeOf(buffer[index] as Item)
    buffer = buffer.slice(count)
    settled += count
    triedLength = 0
    failingSince = undefined
  }

  function wake(until: number): void {
    if (waiting.length === 0) return
    const ready = waiting.filter((waiter) => waiter.until <= until)
    waiting = waiting.filter((waiter) => waiter.until > until)
    for (const { resolve } of ready) resolve()
  }

  async function flush(): Promise<void> {
    if (settled === added) return
    const written = new Promise<void>((resolve) => waiting.push({ until: added, resolve }))
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
    if (lost > 0) report(new Error(`Cannot write ${noun}: the storage failed until the service closed.`), lost)
    reportRefused()
  }

  function reportRefused(): void {
    if (refused === 0) return
    const dropped = refused
    refused = 0
    report(new Error(`Cannot keep ${noun}: too many wait for the storage already.`), dropped)
  }

  function report(error: unknown, dropped?: number): void {
    try {
      options.onError(error, dropped)
    } catch {
      // A listener that fails must not end the writing.
    }
  }

  return { add, waiting: () => buffer, flush, close }
}

function backoffMs(failures: number): number {
  return Math.min(firstBackoffMs * 2 ** (failures - 1), maxBackoffMs)
}
