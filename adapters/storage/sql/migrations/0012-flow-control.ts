import type { Migration } from "./migration.ts"

/**
 * What jobs pass before a worker may take them. A job that is held names the lane that holds it; a lane's row counts its
 * places, so that nobody counts jobs, and says when to look at those that time alone lets go on.
 */
export const flowControlMigration: Migration = {
  name: "0012_flow_control",
  statements: ({ key, text, integer, bigInteger, tableOptions }) => [
    "drop index inlay_jobs_lane",
    "alter table inlay_jobs drop column lane_limit",
    `alter table inlay_jobs add column flow ${text}`,
    `alter table inlay_jobs add column passed ${integer} not null default 0`,
    `alter table inlay_jobs add column leader_id ${key}`,
    "create index inlay_jobs_led on inlay_jobs (organisation, leader_id) where leader_id is not null",
    `create table inlay_lanes (
      organisation ${key} not null,
      lane ${key} not null,
      taken ${integer} not null,
      places ${integer} not null,
      paced_to ${bigInteger} not null,
      opened_at ${bigInteger},
      next_at ${bigInteger},
      primary key (organisation, lane)
    )${tableOptions}`,
    "create index inlay_lanes_next on inlay_lanes (next_at) where next_at is not null",
  ],
}
