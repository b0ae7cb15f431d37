import type { Migration } from "./migration.ts"

/** What a schedule called last, for those that wait until it has ended. */
export const schedulesMigration: Migration = {
  name: "0009_schedules",
  statements: ({ key }) => [`alter table inlay_triggers add column last_job_id ${key}`],
}
