import { type Kysely, sql } from "kysely"
import type { Schema } from "../schema.ts"

/** Has a job that waits be due at `at`, epoch milliseconds, at the latest; one that is worked on, once that has ended. */
export async function hastenJob(kysely: Kysely<Schema>, organisation: string, id: string, at: number): Promise<void> {
  const to = Math.round(at)
  await sql`
    update inlay_jobs set
      run_at = case when status = 'delayed' and run_at > ${to} then ${to} else run_at end,
      hastened_to = case when status = 'running' and (hastened_to is null or hastened_to > ${to}) then ${to} else hastened_to end
    where organisation = ${organisation} and id = ${id} and status in ('delayed', 'running')`.execute(kysely)
}
