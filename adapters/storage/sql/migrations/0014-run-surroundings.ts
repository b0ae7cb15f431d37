import type { Migration } from "./migration.ts"

/** What a run was accepted with: functions with their hashes, and the versions of what runs it; filters of awaited events. */
export const runSurroundingsMigration: Migration = {
  name: "0014_run_surroundings",
  statements: ({ text }) => [
    `alter table inlay_runs add column surroundings ${text}`,
    `alter table inlay_run_steps add column awaited_filter ${text}`,
  ],
}
