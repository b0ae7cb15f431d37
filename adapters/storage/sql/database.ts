import type { Kysely, Transaction } from "kysely"
import type { SqlEngine } from "./engine.ts"
import type { Schema } from "./schema.ts"
import type { Transact } from "./transact.ts"

/** What every store of the storage works on. */
export interface Database {
  readonly engine: SqlEngine
  readonly kysely: Kysely<Schema>
  readonly transact: Transact
}

/**
 * Runs `work` in a transaction that holds the registry of the organisation alone. Changes of a registry are rare, and
 * most of them read before they write: waiting in line spares every one of them its own proof against races.
 */
export function changeRegistry<Result>(
  database: Database,
  organisation: string,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  return database.kysely.transaction().execute(async (transaction) => {
    await database.engine.lock(transaction, `registry:${organisation}`)
    return await work(transaction)
  })
}
