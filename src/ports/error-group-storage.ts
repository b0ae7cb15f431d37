import type { ErrorGroup, ErrorGroupFilter } from "../model/error-group.ts"
import type { Page, PageRequest } from "../model/page.ts"

/** Some failures of one group. */
export type ErrorOccurrences = Omit<ErrorGroup, "status" | "resolvedAt" | "resolvedBy" | "regressedAt">

/** Failures that are counted together, once. */
export interface ErrorBatch {
  /** The same each time that the same failures are handed in. */
  readonly id: string
  /** Each group stands once in it. */
  readonly occurrences: readonly ErrorOccurrences[]
  /** When they are counted, epoch milliseconds. */
  readonly at: number
}

/** Which error groups to list, with the function by its id. */
export interface StoredErrorGroupFilter extends Omit<ErrorGroupFilter, "function"> {
  readonly functionId?: string
}

/** Failures, grouped. */
export interface ErrorGroupStore {
  /**
   * Adds failures to their groups, in one transaction, unless a batch of this id was added before. MUST count exactly, whoever
   * else adds. A group that was resolved regresses where `lastVersion` is newer than its own was then. Where an organisation has
   * `maxGroups` groups, those that it does not have yet are added as what `toOther` makes of them.
   */
  add(batch: ErrorBatch, maxGroups: number, toOther: (occurrences: ErrorOccurrences) => ErrorOccurrences): Promise<void>
  find(organisation: string, id: string): Promise<ErrorGroup | null>
  /** Those that failed last first. */
  list(organisation: string, filter: StoredErrorGroupFilter, page: PageRequest): Promise<Page<ErrorGroup>>
  /** Null where there is none; one that is resolved already stays as it is. */
  resolve(organisation: string, id: string, actor: string, at: number): Promise<ErrorGroup | null>
  /** Null where there is none. */
  reopen(organisation: string, id: string): Promise<ErrorGroup | null>
  /** Removes at most `limit` groups that last failed before then, of all organisations; answers how many. */
  expire(lastBefore: number, limit: number): Promise<number>
  /** Forgets at most `limit` batches that were added before then; answers how many. */
  expireBatches(before: number, limit: number): Promise<number>
}
