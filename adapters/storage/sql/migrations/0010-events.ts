import type { Migration } from "./migration.ts"

/** Events are jobs too, among many others: their list must not read those. */
export const eventsMigration: Migration = {
  name: "0010_events",
  statements: () => ["create index inlay_jobs_events on inlay_jobs (organisation, id) where kind = 'event'"],
}
