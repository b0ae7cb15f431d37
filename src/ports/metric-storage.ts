import type { MetricSeries, Resolution, TimeRange } from "../model/metrics.ts"
import type { Page, PageRequest } from "../model/page.ts"

/** What is kept of many values: moments and quantiles that can be merged. */
export interface MetricMoments {
  /** At least 1. */
  readonly count: number
  readonly sum: number
  /** The sum of the squared distances from the mean. */
  readonly m2: number
  readonly min: number
  readonly max: number
  /** Quantiles, in a form that the storage does not look into. */
  readonly sketch: Uint8Array
}

/** The values of one series in one span of time, as far as one writer saw them. */
export interface MetricWindow extends MetricMoments {
  readonly organisation: string
  readonly seriesId: string
  readonly resolution: Resolution
  /** Where the span begins, epoch milliseconds; a multiple of the resolution. */
  readonly at: number
  /** Tells the windows of several writers apart; those of one span add up. */
  readonly part: string
}

/** A series with when it was last written to. */
export interface SeenSeries extends MetricSeries {
  /** Epoch milliseconds, at most a day old where the series is in use. */
  readonly seenAt: number
}

/** What a minute of one series came to. */
export interface MetricMinute {
  readonly series: MetricSeries
  readonly count: number
  readonly sum: number
}

/** What was measured. Windows are added and removed, never changed, so that no two writers can be in each other's way. */
export interface MetricStore {
  /**
   * Adds windows, and the series that they belong to, in one transaction. MUST pass over windows that it has already, and
   * move `seenAt` of a series that it has already forwards only.
   */
  insert(windows: readonly MetricWindow[], series: readonly SeenSeries[]): Promise<void>
  /** Those of one key, or all; of one function where it is given. Sorted by id; the cursor is the last id. */
  listSeries(
    organisation: string,
    filter: { readonly key?: string; readonly functionId?: string },
    page: PageRequest,
  ): Promise<Page<MetricSeries>>
  /**
   * The windows of some series that begin in the range: those of the resolution, and finer ones that have not been rolled
   * up yet. MUST show each value once, whatever is being rolled up meanwhile.
   */
  read(
    organisation: string,
    seriesIds: readonly string[],
    resolution: Resolution,
    range: TimeRange,
  ): Promise<readonly MetricWindow[]>
  /**
   * The minute that begins at `at`, of all organisations: what all writers had in it together, rolled up or not. Sorted by
   * organisation and id of the series, from the one after `after` on; fewer than `limit` are the last.
   */
  readMinute(
    at: number,
    page: {
      readonly limit: number
      readonly after?: Pick<MetricSeries, "organisation" | "id"> | undefined
    },
  ): Promise<readonly MetricMinute[]>
  /**
   * Takes at most `limit` windows of the resolution `from` that begin before `before` and have not been rolled up, merges
   * those of one series and span, adds the results with the resolution `to`, and answers how many it took. MUST do so in
   * one transaction, and MUST NOT take a window twice. `merge` is given at least one window.
   */
  rollUp(
    step: {
      readonly from: Resolution
      readonly to: Resolution
      readonly before: number
      readonly limit: number
      /** The part that the results are. */
      readonly part: string
    },
    merge: (windows: readonly MetricWindow[]) => MetricMoments,
  ): Promise<number>
  /** Removes at most `limit` windows that begin before `before` and need not be rolled up any more; answers how many. */
  expire(resolution: Resolution, before: number, limit: number): Promise<number>
  /** Removes at most `limit` series that were last seen before `before`; answers how many. */
  expireSeries(before: number, limit: number): Promise<number>
}
