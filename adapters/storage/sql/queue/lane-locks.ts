import type { Transaction } from "kysely"
import type { SqlEngine } from "../engine.ts"
import type { Schema } from "../schema.ts"

/** Holds the lanes of some organisations; waits for whoever has them. Nobody else changes them until the transaction ends. */
export async function holdLanes(
  transaction: Transaction<Schema>,
  engine: SqlEngine,
  organisations: Iterable<string>,
): Promise<void> {
  // All wait in this order, so that no two wait for one another.
  for (const organisation of [...new Set(organisations)].sort()) await engine.lock(transaction, toKey(organisation))
}

/** Holds the lanes of those of the organisations that nobody else has; answers these. */
export async function tryLanes(
  transaction: Transaction<Schema>,
  engine: SqlEngine,
  organisations: Iterable<string>,
): Promise<ReadonlySet<string>> {
  const byKey = new Map([...new Set(organisations)].map((organisation) => [toKey(organisation), organisation]))
  if (byKey.size === 0) return new Set()
  const held = await engine.tryLock(transaction, [...byKey.keys()])
  return new Set(held.flatMap((key) => byKey.get(key) ?? []))
}

function toKey(organisation: string): string {
  return `lanes:${organisation}`
}
