import { sql, type Transaction } from "kysely"
import type { Firing } from "../../../../src/model/trigger.ts"
import type { NewFiring } from "../../../../src/ports/trigger-storage.ts"
import type { Database } from "../database.ts"
import type { InsertJobs } from "../queue/put.ts"
import { createRowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"
import { sampleFiringRow, toFiring, toFiringRow } from "./trigger-row.ts"

/** Adds firings with their jobs within a transaction; answers those that are there now, in the same order. */
export type InsertFirings = (
  transaction: Transaction<Schema>,
  firings: readonly NewFiring[],
) => Promise<readonly Firing[]>

/** Makes what adds firings. */
export function createInsertFirings({ kysely }: Database, insertJobs: InsertJobs): InsertFirings {
  const statements = createRowStatements((rows) =>
    kysely
      .insertInto("inlay_firings")
      .values(Array.from({ length: rows }, () => sampleFiringRow))
      .onConflict((conflict) => conflict.doNothing())
      .returning(["organisation", "id"])
      .compile(),
  )

  return async (transaction, firings) => {
    const added = new Set<string>()
    for (const query of statements(firings.map(({ firing }) => toFiringRow(firing)))) {
      const { rows } = await transaction.executeQuery<{ organisation: string; id: string }>(query)
      for (const { organisation, id } of rows) added.add(`${organisation}/${id}`)
    }
    const isAdded = ({ firing }: NewFiring) => added.has(`${firing.organisation}/${firing.id}`)
    const jobs = firings.filter(isAdded).flatMap(({ job }) => job ?? [])
    if (jobs.length > 0) await insertJobs(transaction, jobs)
    const present: Firing[] = []
    for (const entry of firings) {
      present.push(isAdded(entry) ? entry.firing : await findFirst(transaction, entry.firing))
    }
    return present
  }
}

/** What the trigger has fired for this key. */
async function findFirst(transaction: Transaction<Schema>, firing: Firing): Promise<Firing> {
  const row = await transaction
    .selectFrom("inlay_firings")
    .selectAll()
    .where("organisation", "=", firing.organisation)
    .where("trigger_id", "=", firing.triggerId)
    .where("key", "=", firing.key)
    .where(sql<boolean>`key is not null`)
    .executeTakeFirst()
  if (row === undefined) throw new Error(`Cannot write firing "${firing.id}": its id is taken`)
  return toFiring(row)
}
