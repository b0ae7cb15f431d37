import type { LogFilter, LogLine } from "../model/log.ts"
import type { Page, PageRequest } from "../model/page.ts"

/** Which lines to search for, with the function by its id. */
export interface StoredLogFilter extends Omit<LogFilter, "function"> {
  readonly functionId?: string
}

/** A page of a search. */
export interface LogSearch extends PageRequest {
  readonly order: "newest" | "oldest"
  /** How many lines one statement may look at to find those that are wanted. */
  readonly maxLooked: number
}

/** A line, and when it was stored. */
export interface StoredLogLine extends LogLine {
  readonly writtenAt: number
}

/** Where in the lines of some organisations, in the order in which they were stored. */
export interface WrittenAfter {
  readonly writtenAt: number
  readonly organisation: string
  readonly id: string
}

/** What functions wrote. */
export interface LogStore {
  /** Adds lines in one transaction; those whose id is known already are passed over. */
  insert(lines: readonly LogLine[], writtenAt: number): Promise<void>
  /**
   * By id, newest or oldest first; the cursor is where the page ended. MUST look at no more than `maxLooked` lines: a page
   * with fewer than `limit` lines, and even one without any, has a `next` where there are others to look at.
   */
  search(organisation: string, filter: StoredLogFilter, search: LogSearch): Promise<Page<LogLine>>
  /** Lines of some organisations in the order in which they were stored: from a time on, or after one of them. */
  listWritten(
    organisations: readonly string[],
    from: number | WrittenAfter,
    limit: number,
  ): Promise<readonly StoredLogLine[]>
  /** Removes at most `limit` lines that were stored before then, of all organisations; answers how many. */
  expire(writtenBefore: number, limit: number): Promise<number>
}
