import { sql, type Transaction } from "kysely"
import type { NewJob } from "../../../../src/model/job.ts"
import type { PutResult } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import { createRowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"
import { sampleJobRow, toNewRow } from "./job-row.ts"
import { giveTurns, type Place } from "./places.ts"

/** Adds jobs within a transaction. */
export type InsertJobs = (transaction: Transaction<Schema>, jobs: readonly NewJob[]) => Promise<readonly PutResult[]>

const delayed: Place = { status: "delayed", turn: 0 }
const running: Place = { status: "running", turn: 0 }

/** Makes what adds jobs. */
export function createInsertJobs({ kysely, engine }: Database): InsertJobs {
  const statements = createRowStatements((rows) =>
    kysely
      .insertInto("inlay_jobs")
      .values(Array.from({ length: rows }, () => sampleJobRow))
      // Either key may be there already: the id, or the idempotency key.
      .onConflict((conflict) => conflict.doNothing())
      .returning(["organisation", "id"])
      .compile(),
  )

  return async (transaction, jobs) => {
    await forgetKeys(transaction, jobs)
    const due = jobs.filter(isDue)
    const places = new Map(due.map((job, index) => [job, index]))
    const given = await giveTurns(transaction, engine, due)
    const placeOf = (job: NewJob): Place => {
      if (job.leasedUntil !== null) return running
      return given[places.get(job) ?? -1] ?? delayed
    }
    const added = new Set<string>()
    for (const query of statements(jobs.map((job) => toNewRow(job, placeOf(job))))) {
      const { rows } = await transaction.executeQuery<{ organisation: string; id: string }>(query)
      for (const { organisation, id } of rows) added.add(`${organisation}/${id}`)
    }
    const results: PutResult[] = []
    for (const job of jobs) {
      const isAdded = added.delete(`${job.organisation}/${job.id}`)
      results.push(isAdded ? { outcome: "added", id: job.id } : await findKnown(transaction, job))
      if (isAdded) await linkOrigin(transaction, job)
    }
    return results
  }
}

function isDue({ runAt, createdAt, leasedUntil }: NewJob): boolean {
  return leasedUntil === null && runAt <= createdAt
}

/** A key whose time is over is as good as new. */
async function forgetKeys(transaction: Transaction<Schema>, jobs: readonly NewJob[]): Promise<void> {
  for (const { organisation, idempotency, createdAt } of jobs) {
    if (idempotency === null) continue
    await transaction
      .updateTable("inlay_jobs")
      .set({ idempotency_key: null })
      .where("organisation", "=", organisation)
      .where("idempotency_key", "=", idempotency.key)
      .where("idempotency_until", "<=", Math.round(createdAt))
      .execute()
  }
}

async function linkOrigin(transaction: Transaction<Schema>, { organisation, id, originId }: NewJob): Promise<void> {
  if (originId === null) return
  await transaction
    .updateTable("inlay_jobs")
    .set({ replayed_as: id })
    .where("organisation", "=", organisation)
    .where("id", "=", originId)
    .execute()
}

async function findKnown(transaction: Transaction<Schema>, job: NewJob): Promise<PutResult> {
  const { organisation, id, idempotency } = job
  if (idempotency === null) return { outcome: "known", id }
  const row = await transaction
    .selectFrom("inlay_jobs")
    .select(["id", "idempotency_hash"])
    .where("organisation", "=", organisation)
    .where("idempotency_key", "=", idempotency.key)
    .where(sql<boolean>`idempotency_key is not null`)
    .executeTakeFirst()
  if (row === undefined) return { outcome: "known", id }
  return { outcome: row.idempotency_hash === idempotency.hash ? "known" : "conflict", id: row.id }
}
