import type { NewJob } from "../../../../src/model/job.ts"
import type { PutResult } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import { createGroup } from "../group.ts"
import { heldUp } from "../held-up.ts"
import { createPatientGroup } from "../patient-group.ts"
import type { InsertJobs } from "./put.ts"

/** What one commit carries at most. */
const maxGroup = 256

type Jobs = readonly NewJob[]

/**
 * Makes what puts jobs, many in one commit. A job with an idempotency key waits for transactions in which the same key was
 * put: those of hosts too, which may take long. Jobs without a key go in groups of their own, and wait for nobody.
 */
export function createPut(database: Database, insertJobs: InsertJobs): (jobs: Jobs) => Promise<readonly PutResult[]> {
  const { kysely, engine } = database

  const insertGroups = async (transaction: Parameters<InsertJobs>[0], groups: readonly Jobs[]) => {
    const left = [...(await insertJobs(transaction, groups.flat()))]
    return groups.map((jobs) => left.splice(0, jobs.length))
  }

  const putPlain = createGroup<Jobs, readonly PutResult[]>(
    (groups) => kysely.transaction().execute((transaction) => insertGroups(transaction, groups)),
    maxGroup,
  )
  // Where one transaction writes at a time, one commit for all is the most there is to gain.
  if (!engine.waits) return putPlain

  const putKeyed = createPatientGroup<Jobs, readonly PutResult[]>(database, {
    maxItems: maxGroup,
    write: insertGroups,
    keysOf: (jobs) =>
      jobs.flatMap(({ organisation, idempotency }) => (idempotency ? [`${organisation}/${idempotency.key}`] : [])),
    toError(jobs, ms, cause) {
      const job = jobs.find(({ idempotency }) => idempotency !== null)
      const what = `put job "${job?.target}" with idempotency key "${job?.idempotency?.key}"`
      return heldUp(what, "has put a job with this key", ms, cause)
    },
  })

  return (jobs) => (jobs.some(({ idempotency }) => idempotency !== null) ? putKeyed(jobs) : putPlain(jobs))
}
