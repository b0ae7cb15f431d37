import type { Anomaly, AnomalySettingsInput, ContextSummary } from "../model/anomaly.ts"
import type { TimeRange } from "../model/metrics.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { AlertSeverity } from "../model/severity.ts"

/** Which anomalies to list. */
export interface AnomalyFilter {
  readonly functionId?: string
  readonly key?: string
  readonly severity?: AlertSeverity
  /** Those that somebody has marked as expected, or the others. */
  readonly expected?: boolean
  /** Their `at` is in it. */
  readonly range?: TimeRange
}

/** A series by what tells it from all others. */
export interface SeriesName {
  readonly organisation: string
  readonly seriesId: string
}

/** What was learned of a series, up to and with a minute. */
export interface SeriesState extends SeriesName {
  /** Where the last minute begins that it knows of, epoch milliseconds. */
  readonly at: number
  /** JSON text that only the watch understands. */
  readonly state: string
}

/** What a minute of watching came to. */
export interface WatchStep {
  readonly owner: string
  /** The minute that was the last one before; null where there was none. */
  readonly from: number | null
  /** The minute that is the last one now. */
  readonly to: number
  /** Until when the owner keeps the watch. */
  readonly until: number
  /** With what each is about: a function, or a series of its own. */
  readonly found: readonly { readonly anomaly: Anomaly; readonly subject: string }[]
  /** What came after earlier ones. */
  readonly completed: readonly { readonly organisation: string; readonly id: string; readonly after: ContextSummary }[]
  readonly states: readonly SeriesState[]
}

/** Settings of an organisation, or of one of its functions. */
export interface StoredAnomalySettings {
  readonly organisation: string
  /** Null for those of the whole organisation. */
  readonly functionId: string | null
  readonly settings: AnomalySettingsInput
}

/** What was found unusual, what was learned, and who watches: one process at a time. */
export interface AnomalyStore {
  /**
   * Takes the watch until then, or keeps it; answers the last minute that was watched, null where there was none. Null where
   * another one has it. MUST NOT give it to two at a time. One that has it for more than twice as long from now has had it of a
   * wrong clock, and MUST lose it.
   */
  lead(owner: string, now: number, until: number): Promise<{ readonly at: number | null } | null>
  /** Gives the watch up, where the owner has it. */
  release(owner: string): Promise<void>
  /**
   * Writes a step in one transaction, and answers the anomalies that were not there before. MUST answer null, and change
   * nothing, where the owner does not have the watch any more or its last minute is not `from`.
   */
  advance(step: WatchStep): Promise<readonly Anomaly[] | null>
  /** Those of an organisation that were stored. */
  readStates(organisation: string, seriesIds: readonly string[]): Promise<readonly SeriesState[]>
  /** Removes states of before then, of all organisations; answers how many. */
  expireStates(before: number, limit: number): Promise<number>

  find(organisation: string, id: string): Promise<Anomaly | null>
  /** Newest first, by id; the cursor is the last id. */
  list(organisation: string, filter: AnomalyFilter, page: PageRequest): Promise<Page<Anomaly>>
  /** The newest about a subject that are marked as expected. */
  listExpected(organisation: string, subject: string, limit: number): Promise<readonly Anomaly[]>
  /** Marks it, or takes the mark away; answers it as it is then, null where there is none. */
  mark(organisation: string, id: string, expected: Anomaly["expected"]): Promise<Anomaly | null>
  /** Removes those of before then that are not marked, of all organisations; answers how many. */
  expire(before: number, limit: number): Promise<number>

  /** All of these organisations. */
  readSettings(organisations: readonly string[]): Promise<readonly StoredAnomalySettings[]>
  /** In the place of those before. */
  saveSettings(settings: StoredAnomalySettings): Promise<void>
}
