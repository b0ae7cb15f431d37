import type { Migration } from "./migration.ts"

/** Jobs that have not begun, in the order of their deadlines. */
export const jobDeadlinesMigration: Migration = {
  name: "0030_job_deadlines",
  statements: () => [
    `create index inlay_jobs_deadline on inlay_jobs (deadline_at)
      where deadline_at is not null and status in ('delayed', 'held')`,
  ],
}
