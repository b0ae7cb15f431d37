import type { Migration } from "./migration.ts"

/**
 * Which event ended a wait, so that it resumes a run once, and under which claim of the run; how far a chain of functions
 * has come; runs that wait for a type of events page by page, and runs by the one that they do again.
 */
export const resumedRunsMigration: Migration = {
  name: "0013_resumed_runs",
  statements: ({ key, integer }) => [
    `alter table inlay_run_steps add column resumed_by ${key}`,
    `alter table inlay_run_steps add column resumed_fence ${integer}`,
    `alter table inlay_run_steps add column link ${integer} not null default 0`,
    "create index inlay_run_steps_resumed on inlay_run_steps (organisation, run_id, resumed_by) where resumed_by is not null",
    "create index inlay_run_steps_changed on inlay_run_steps (organisation, run_id, resumed_fence) where resumed_fence is not null",
    "drop index inlay_run_steps_awaited",
    "create index inlay_run_steps_awaiting on inlay_run_steps (organisation, awaited_type, run_id) where status = 'waiting' and awaited_type is not null",
    "create index inlay_runs_origin on inlay_runs (organisation, origin_id) where origin_id is not null",
  ],
}
