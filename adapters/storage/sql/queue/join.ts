import { sql } from "kysely"
import { isSame } from "../../../../src/model/idempotency.ts"
import type { NewJob } from "../../../../src/model/job.ts"
import type { JoinedQueue, PutResult } from "../../../../src/ports/queue.ts"
import type { JoinedConnection, JoinedStatement, Row } from "../connection.ts"
import type { Database } from "../database.ts"
import { sampleJobRow, toNewRow } from "./job-row.ts"

/** How often the job that has a key may be removed just when it is looked for. */
const maxRounds = 10

/**
 * Makes what puts jobs within a transaction of the host's. They are put as if their time came in a moment, so that nothing
 * of the queue is read or locked until the host commits: whoever takes them then gives them their place. `tell` gives the
 * statement that tells of them at the commit.
 */
export function createJoinedPut({
  kysely,
  engine,
}: Database): (connection: JoinedConnection, tell: () => JoinedStatement | null) => JoinedQueue {
  const insert = kysely
    .insertInto("inlay_jobs")
    .values(sampleJobRow)
    .onConflict((conflict) => conflict.doNothing())
    .returning("id")
    .compile()
  // The job that is answered for is not removed before the host's transaction ends; all else may be done to it.
  const keep = sql.raw(engine.waits ? " for key share" : "")

  function* put(job: NewJob): Generator<JoinedStatement, PutResult, readonly Row[]> {
    const { organisation, id, idempotency, createdAt } = job
    if (idempotency !== null) {
      yield sql`update inlay_jobs set idempotency_key = null where organisation = ${organisation}
        and idempotency_key = ${idempotency.key} and idempotency_until <= ${Math.round(createdAt)}`.compile(kysely)
    }
    const parameters = toNewRow({ ...job, runAt: Math.max(job.runAt, createdAt + 1) }, { status: "delayed", turn: 0 })
    for (let round = 0; round < maxRounds; round += 1) {
      const added = yield { sql: insert.sql, parameters }
      if (added.length > 0) return { outcome: "added", id }
      if (idempotency !== null) {
        const [known] = yield sql`select id, idempotency_hash as hash from inlay_jobs
          where organisation = ${organisation} and idempotency_key = ${idempotency.key}${keep}`.compile(kysely)
        if (known)
          return {
            outcome: isSame(idempotency, known.hash as string | null) ? "known" : "conflict",
            id: String(known.id),
          }
      }
      const there = yield sql`select id from inlay_jobs
        where organisation = ${organisation} and id = ${id}${keep}`.compile(kysely)
      if (there.length > 0) return { outcome: "known", id }
    }
    throw new Error(`Cannot put job "${id}": it is neither added nor there`)
  }

  return (connection, tell) => ({
    put: (job) =>
      connection.run(function* () {
        const result = yield* put(job)
        const told = tell()
        if (told) yield told
        return result
      }),
  })
}
