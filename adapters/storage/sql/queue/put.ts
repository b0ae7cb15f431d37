import { sql, type Transaction } from "kysely"
import { isSame } from "../../../../src/model/idempotency.ts"
import type { NewJob } from "../../../../src/model/job.ts"
import type { PutResult } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import { createRowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"
import { type Place, sampleJobRow, toNewRow } from "./job-row.ts"
import { tryLanes } from "./lane-locks.ts"
import type { OpenPassage } from "./passage.ts"
import { giveTurns } from "./places.ts"

/** Adds jobs within a transaction. */
export type InsertJobs = (transaction: Transaction<Schema>, jobs: readonly NewJob[]) => Promise<readonly PutResult[]>

const delayed: Place = { status: "delayed", turn: 0 }
const running: Place = { status: "running", turn: 0 }

/** A key that is removed each time that its job is looked for would be a fault of the database. */
const maxRounds = 10

/**
 * Makes what adds jobs. It waits for nobody but who puts a job with the same idempotency key. Jobs whose lanes somebody else
 * holds are put as delayed and due: whoever takes them leads them through.
 */
export function createInsertJobs({ kysely, engine }: Database, openPassage: OpenPassage): InsertJobs {
  const statements = createRowStatements((rows) =>
    kysely
      .insertInto("inlay_jobs")
      .values(Array.from({ length: rows }, () => sampleJobRow))
      // Either key may be there already: the id, or the idempotency key.
      .onConflict((conflict) => conflict.doNothing())
      .returning(["organisation", "id"])
      .compile(),
  )

  async function enter(transaction: Transaction<Schema>, jobs: readonly NewJob[]): Promise<void> {
    const flowing = jobs.filter((job) => isDue(job) && job.flow !== null)
    if (flowing.length === 0) return
    const held = await tryLanes(
      transaction,
      engine,
      flowing.map(({ organisation }) => organisation),
    )
    const passage = openPassage(transaction, Math.max(...flowing.map(({ createdAt }) => createdAt)))
    const entering = flowing.filter(({ organisation }) => held.has(organisation))
    await passage.enter(entering.map((job) => ({ ...job, passed: 0 })))
    await passage.close()
  }

  return async (transaction, jobs) => {
    await forgetKeys(transaction, jobs)
    const free = jobs.filter((job) => isDue(job) && job.flow === null)
    const turns = await giveTurns(transaction, free)
    const places = new Map(
      free.map((job, index): [NewJob, Place] => [job, { status: "waiting", turn: turns[index] ?? 0 }]),
    )
    const placeOf = (job: NewJob): Place => (job.leasedUntil !== null ? running : (places.get(job) ?? delayed))
    const results: PutResult[] = []
    const entered: NewJob[] = []
    let left = jobs.map((job, index) => ({ job, index }))
    for (let round = 0; left.length > 0; round += 1) {
      if (round === maxRounds) throw new Error(`Cannot put job "${left[0]?.job.id}": it is neither added nor there`)
      const added = new Set<string>()
      for (const query of statements(left.map(({ job }) => toNewRow(job, placeOf(job))))) {
        const { rows } = await transaction.executeQuery<{ organisation: string; id: string }>(query)
        for (const { organisation, id } of rows) added.add(`${organisation}/${id}`)
      }
      for (const { job, index } of left) {
        const isAdded = added.delete(`${job.organisation}/${job.id}`)
        // The job that was in the way may be removed by now: then this one is put again.
        const result = isAdded ? ({ outcome: "added", id: job.id } as const) : await findKnown(transaction, job)
        if (result) results[index] = result
        if (isAdded) entered.push(job)
        if (isAdded) await linkOrigin(transaction, job)
      }
      left = left.filter(({ index }) => !results[index])
    }
    await enter(transaction, entered)
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

/** The job that has the key or the id; null where there is none by now. */
async function findKnown(transaction: Transaction<Schema>, job: NewJob): Promise<PutResult | null> {
  const { organisation, id, idempotency } = job
  const select = transaction
    .selectFrom("inlay_jobs")
    .select(["id", "idempotency_hash"])
    .where("organisation", "=", organisation)
  const byKey =
    idempotency &&
    (await select
      .where("idempotency_key", "=", idempotency.key)
      .where(sql<boolean>`idempotency_key is not null`)
      .executeTakeFirst())
  if (byKey) return { outcome: isSame(idempotency, byKey.idempotency_hash) ? "known" : "conflict", id: byKey.id }
  return (await select.where("id", "=", id).executeTakeFirst()) ? { outcome: "known", id } : null
}
