import type { Migration } from "./migration.ts"

/** Where more schedules are due than one round takes, the next ones of each organisation are found by this index. */
export const scheduleTurnsMigration: Migration = {
  name: "0026_schedule_turns",
  statements: () => [
    "create index inlay_triggers_turns on inlay_triggers (organisation, next_at, id) where status = 'active' and next_at is not null",
  ],
}
