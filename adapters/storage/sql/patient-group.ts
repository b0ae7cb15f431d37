import type { Transaction } from "kysely"
import type { Database } from "./database.ts"
import { createGroup } from "./group.ts"
import type { Schema } from "./schema.ts"

/** For how long one statement waits for another transaction. */
const patienceMs = 100
/** For how long an item is tried in all. */
const giveUpMs = 5000

/** What a group of items is written with. */
export interface PatientGroupOptions<Item, Result> {
  /** Answers a result for each item. */
  readonly write: (transaction: Transaction<Schema>, items: readonly Item[]) => Promise<readonly Result[]>
  readonly maxItems: number
  /** What an item may have to wait for, while a transaction of somebody else is open. */
  readonly keysOf: (item: Item) => readonly string[]
  /** The error of an item that was held up for so many milliseconds. */
  readonly toError: (item: Item, ms: number, cause: unknown) => Error
}

/**
 * Makes one transaction of many writes that may have to wait for transactions of others, such as one that the host leaves
 * open. Who is held up is tried apart, and after five seconds no more, so that nobody else waits along.
 */
export function createPatientGroup<Item, Result>(
  { kysely, engine: { waits } }: Database,
  { write, maxItems, keysOf, toError }: PatientGroupOptions<Item, Result>,
): (item: Item) => Promise<Result> {
  const writeAll = (items: readonly Item[]) =>
    kysely.transaction().execute(async (transaction) => {
      await waits?.limit(transaction, patienceMs)
      return await write(transaction, items)
    })
  const together = createGroup(writeAll, maxItems)
  if (!waits) return together
  const apart = createGroup(writeAll, maxItems)
  /** Attempts at keys that are held up: of each, one at a time. */
  const attempts = new Map<string, Promise<unknown>>()

  async function tryApart(item: Item, keys: readonly string[]): Promise<Result> {
    const attempt = apart(item)
    const ended = attempt.catch(() => {})
    for (const key of keys) attempts.set(key, ended)
    try {
      return await attempt
    } finally {
      for (const key of keys) attempts.delete(key)
    }
  }

  return async (item) => {
    const keys = keysOf(item)
    const givesUpAt = performance.now() + giveUpMs
    let isHeldUp = keys.some((key) => attempts.has(key))
    let reason: unknown
    for (;;) {
      const ahead = isHeldUp ? keys.map((key) => attempts.get(key)).find((attempt) => attempt !== undefined) : undefined
      try {
        if (ahead) await ahead
        else return await (isHeldUp ? tryApart(item, keys) : together(item))
      } catch (error) {
        if (!waits.isHeldUp(error)) throw error
        isHeldUp = true
        reason = error
      }
      if (performance.now() >= givesUpAt) throw toError(item, giveUpMs, reason)
    }
  }
}
