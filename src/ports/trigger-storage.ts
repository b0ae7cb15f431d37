import type { NewJob } from "../model/job.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { Firing, TriggerRecord, TriggerTarget } from "../model/trigger.ts"

/** Which triggers to list. */
export interface TriggerFilter {
  readonly type?: TriggerRecord["type"]
  /** Of this function or pipeline alone. */
  readonly target?: Pick<TriggerTarget, "kind" | "id">
}

/** How many deliveries of a webhook were refused since it was last said. */
export interface RefusedCount {
  readonly organisation: string
  readonly triggerId: string
  readonly count: number
}

/** A firing with the work that it brings. */
export interface NewFiring {
  readonly firing: Firing
  /** The call or run; null where nothing is to be done. MUST have the id that the firing names. */
  readonly job: NewJob | null
}

/** How a schedule goes on. */
export interface ScheduleMove {
  /** As it was read: one that was declared or resumed since then MUST NOT be moved. */
  readonly trigger: Pick<TriggerRecord, "organisation" | "id" | "updatedAt">
  /** Its next time as it was read; null where none was worked out yet. */
  readonly from: number | null
  /** Its next time from now on; null for never. */
  readonly to: number | null
  /** With `skip`, a call is skipped while the one before has not ended. */
  readonly overlap: "allow" | "skip" | "queue"
  readonly firings: readonly NewFiring[]
}

/**
 * Triggers and their firings. The rows of triggers are written by whatever changes their function or pipeline, in the same
 * transaction: a trigger whose name stays keeps its id and its status, unless `enabled` of its configuration changes.
 */
export interface TriggerStore {
  find(organisation: string, id: string): Promise<TriggerRecord | null>
  /** Sorted by id; the cursor is the last id. */
  list(organisation: string, filter: TriggerFilter, page: PageRequest): Promise<Page<TriggerRecord>>
  /** All that are active, but schedules, sorted by id. */
  listActive(organisation: string): Promise<readonly TriggerRecord[]>
  /** The webhooks of all organisations, those that are paused too, sorted by organisation and id. */
  listWebhooks(): Promise<readonly TriggerRecord[]>
  /** Counts deliveries that were refused; of triggers that are there. */
  addRefused(counts: readonly RefusedCount[]): Promise<void>
  /** Answers null where there is no such trigger. */
  setStatus(
    organisation: string,
    id: string,
    status: TriggerRecord["status"],
    at: number,
  ): Promise<TriggerRecord | null>

  /**
   * Writes firings down and puts their jobs, in one transaction. A firing whose trigger has fired for its key already MUST
   * change nothing; in its place, what is there already is answered.
   */
  fire(firings: readonly NewFiring[]): Promise<readonly Firing[]>
  /**
   * Active schedules of all organisations: those whose next time is not worked out first, then by their next time. Where more
   * than `limit` are due at `now`, the organisations MUST take turns, however long the schedules of one have been due.
   */
  listSchedules(limit: number, now: number): Promise<readonly TriggerRecord[]>
  /**
   * Moves schedules on and writes down what they fired, in one transaction; answers how many it were. One that is not where
   * it was read, is not active, or is being moved by somebody else MUST be passed over.
   */
  advance(moves: readonly ScheduleMove[]): Promise<number>
  findFiring(organisation: string, triggerId: string, id: string): Promise<Firing | null>
  /** Newest first, by id; the cursor is the last id. */
  listFirings(organisation: string, triggerId: string, page: PageRequest): Promise<Page<Firing>>
  /** Removes what fired before then, of all organisations; answers how many. */
  expireFirings(firedBefore: number, limit: number): Promise<number>
}
