import { sql, type Transaction } from "kysely"
import { isSame } from "../../../../src/model/idempotency.ts"
import type { Idempotency } from "../../../../src/model/job.ts"
import type { IngestOutcome, IngestStore, MarkState, PointMark } from "../../../../src/ports/ingest-storage.ts"
import type { Database } from "../database.ts"
import { expireRows } from "../expire-rows.ts"
import { createMetricInsertion } from "../metric-insertion.ts"
import type { JobWriting } from "../queue/with-jobs.ts"
import { createRowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"

/** So many marks are read at once: a statement takes a bounded number of parameters. */
const marksAtOnce = 500

/** Batches of points, and what is known of their points. */
export function createIngestEntries(
  { kysely }: Database,
  { insertJobs, wake }: JobWriting,
): Pick<IngestStore, "store" | "expire"> {
  const { toQueries } = createMetricInsertion(kysely)
  const insertMarks = createRowStatements((rows) =>
    kysely
      .insertInto("inlay_ingest_points")
      .values(Array.from({ length: rows }, () => sampleMarkRow))
      .onConflict((conflict) =>
        conflict
          .columns(["organisation", "id"])
          .doUpdateSet({
            content: sql`excluded.content`,
            stored_at: sql`excluded.stored_at`,
            expires_at: sql`excluded.expires_at`,
          })
          .where("inlay_ingest_points.expires_at", "<=", sql<number>`excluded.stored_at`),
      )
      .returning("id")
      .compile(),
  )

  /** Null where the key is the batch's now, else what it was answered with before. */
  async function takeKey(
    transaction: Transaction<Schema>,
    organisation: string,
    idempotency: Idempotency,
    now: number,
  ): Promise<IngestOutcome | null> {
    const { key, hash, until } = idempotency
    const columns = { hash, answer: "", stored_at: Math.round(now), expires_at: Math.round(until) }
    const added = await transaction
      .insertInto("inlay_ingest_batches")
      .values({ organisation, key, ...columns })
      .onConflict((conflict) =>
        conflict
          .columns(["organisation", "key"])
          .doUpdateSet(columns)
          .where("inlay_ingest_batches.expires_at", "<=", Math.round(now)),
      )
      .returning("key")
      .execute()
    if (added.length > 0) return null
    const known = await transaction
      .selectFrom("inlay_ingest_batches")
      .select(["hash", "answer"])
      .where("organisation", "=", organisation)
      .where("key", "=", key)
      .executeTakeFirstOrThrow()
    return isSame(idempotency, known.hash) ? { outcome: "known", answer: known.answer } : { outcome: "conflict" }
  }

  async function takeMarks(
    transaction: Transaction<Schema>,
    organisation: string,
    marks: readonly PointMark[],
    now: number,
  ): Promise<readonly MarkState[]> {
    // In one order, so that two who send the same points do not wait for one another.
    const sorted = [...marks].sort((a, b) => (a.id < b.id ? -1 : 1))
    const rows = sorted.map(({ id, content, until }) => [organisation, id, content, Math.round(now), Math.round(until)])
    const added = new Set<string>()
    for (const query of insertMarks(rows)) {
      for (const { id } of (await transaction.executeQuery<{ id: string }>(query)).rows) added.add(id)
    }
    const there = await readContents(
      transaction,
      organisation,
      sorted.filter(({ id }) => !added.has(id)),
    )
    return marks.map(({ id, content }) => {
      if (added.has(id)) return "new"
      return there.get(id) === content ? "known" : "taken"
    })
  }

  async function readContents(
    transaction: Transaction<Schema>,
    organisation: string,
    marks: readonly PointMark[],
  ): Promise<ReadonlyMap<string, string>> {
    const contents = new Map<string, string>()
    for (let index = 0; index < marks.length; index += marksAtOnce) {
      const rows = await transaction
        .selectFrom("inlay_ingest_points")
        .select(["id", "content"])
        .where("organisation", "=", organisation)
        .where(
          "id",
          "in",
          marks.slice(index, index + marksAtOnce).map(({ id }) => id),
        )
        .execute()
      for (const { id, content } of rows) contents.set(id, content)
    }
    return contents
  }

  return {
    async store({ organisation, idempotency, marks, now }, change) {
      let jobCount = 0
      const result = await kysely.transaction().execute(async (transaction): Promise<IngestOutcome> => {
        const before = idempotency && (await takeKey(transaction, organisation, idempotency, now))
        if (before) return before
        const { answer, windows, series, jobs } = change(await takeMarks(transaction, organisation, marks, now))
        for (const query of toQueries(windows, series)) await transaction.executeQuery(query)
        if (jobs.length > 0) await insertJobs(transaction, jobs)
        jobCount = jobs.length
        if (idempotency) {
          await transaction
            .updateTable("inlay_ingest_batches")
            .set({ answer })
            .where("organisation", "=", organisation)
            .where("key", "=", idempotency.key)
            .execute()
        }
        return { outcome: "stored", answer }
      })
      if (jobCount > 0) wake()
      return result
    },

    async expire(now, limit) {
      // The moment itself is over.
      const old = { time: "expires_at", before: now + 1, limit }
      const points = await expireRows(kysely, "inlay_ingest_points", old)
      const batches = await expireRows(kysely, "inlay_ingest_batches", { ...old, id: "key" })
      return Math.max(points, batches)
    },
  }
}

/** The order of the columns is that of the rows of marks. */
const sampleMarkRow = { organisation: "", id: "", content: "", stored_at: 0, expires_at: 0 }
