import { gatesOf } from "../../../../src/model/flow.ts"
import type { Queue } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import { heldUp } from "../held-up.ts"
import { toJob } from "./job-row.ts"
import { holdLanes } from "./lane-locks.ts"
import type { OpenPassage } from "./passage.ts"

/** For how long to wait for who leads other jobs of the organisation through their lanes. */
const waitMs = 5000

/** Makes what cancels jobs; `wake` hears that others may go on. */
export function createCancel(database: Database, openPassage: OpenPassage, wake: () => void): Queue["cancel"] {
  const { kysely, engine } = database
  return async (organisation, id, error, at) => {
    const cancelling = kysely.transaction().execute(async (transaction) => {
      const select = transaction
        .selectFrom("inlay_jobs")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("id", "=", id)
      const found = await select.executeTakeFirst()
      if (found === undefined) return null
      // Rows of jobs are changed under their lanes, by everybody who waits for both.
      if (found.flow !== null) {
        await engine.waits?.limit(transaction, waitMs)
        await holdLanes(transaction, engine, [organisation])
      }
      const row = await select.$if(engine.skipLocked !== "", (query) => query.forUpdate()).executeTakeFirst()
      if (row === undefined) return null
      const job = toJob(row)
      if (job.status === "succeeded" || job.status === "failed" || job.status === "cancelled") return job
      await transaction
        .updateTable("inlay_jobs")
        .set((columns) => ({
          status: "cancelled",
          // Whoever runs it is not heard any more.
          token: columns("token", "+", 1),
          error: JSON.stringify(error),
          error_code: error.code,
          lease_until: null,
          updated_at: Math.round(at),
        }))
        .where("organisation", "=", organisation)
        .where("id", "=", id)
        .execute()
      if (row.flow !== null && job.flow === null) {
        const passage = openPassage(transaction, at)
        await passage.recount(organisation)
        await passage.close()
      }
      if (job.flow !== null && job.status !== "delayed" && job.leaderId === null) {
        const passage = openPassage(transaction, at)
        const passed = job.status === "held" ? row.passed : gatesOf(job.flow).length
        await passage.leave({ organisation, flow: job.flow, passed, lane: job.status === "held" ? row.lane : null })
        await passage.regather(organisation, id, job.flow)
        await passage.close()
      }
      return job
    })
    const before = await cancelling.catch((failure) => {
      if (!engine.waits?.isHeldUp(failure)) throw failure
      throw heldUp(`cancel "${id}"`, "has locked the lanes of its organisation, or its row", waitMs, failure)
    })
    if (before?.flow) wake()
    return before
  }
}
