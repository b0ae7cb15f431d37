/** The periods that a series repeats itself after, in points. */
export interface Seasons {
  /** 1 where there is none. */
  readonly short: number
  /** A longer one, such as the week of hourly values; undefined where there is none. */
  readonly long?: number
}

/** Goes on from the first `origin` values for `horizon` points. Values from the origin on are never read. */
export type Predict = (values: Float64Array, origin: number, horizon: number) => Float64Array

/** One way to forecast: learns from values, and then goes on from any place of the series that they are the beginning of. */
export interface Method {
  readonly name: string
  /** How many points, and seasons of them, `fit` needs at least. */
  readonly least: number
  readonly leastSeasons?: number
  /** Whether it has something to say of such seasons; it has of all, where this is left out. */
  readonly suits?: (seasons: Seasons) => boolean
  readonly fit: (values: Float64Array, seasons: Seasons) => Predict
}
