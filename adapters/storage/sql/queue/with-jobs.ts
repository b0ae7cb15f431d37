import type { Transaction } from "kysely"
import type { NewJob } from "../../../../src/model/job.ts"
import type { Database } from "../database.ts"
import type { Schema } from "../schema.ts"
import type { InsertJobs } from "./put.ts"

/** How jobs come into the queue beside it: within a transaction, and then with a word to who waits for them. */
export interface JobWriting {
  readonly insertJobs: InsertJobs
  readonly wake: () => void
}

/** Makes a change, and puts the jobs that it brings where it took place: both, or neither. */
export async function changeWithJobs(
  { kysely }: Database,
  { insertJobs, wake }: JobWriting,
  jobs: readonly NewJob[],
  change: (queries: Database["kysely"] | Transaction<Schema>) => Promise<boolean>,
): Promise<boolean> {
  if (jobs.length === 0) return await change(kysely)
  const isDone = await kysely.transaction().execute(async (transaction) => {
    if (!(await change(transaction))) return false
    await insertJobs(transaction, jobs)
    return true
  })
  if (isDone) wake()
  return isDone
}
