const points = 120

export interface EpisodeState {
  readonly peak: number
  readonly left: number
}

/** One alert for one trouble: after a score only higher ones count, for 120 points (declustering of exceedances: Coles, "An introduction to statistical modeling of extreme values", 2001, 5.3). */
export class Episode {
  private peak: number
  private left: number

  constructor(state: EpisodeState = { peak: 0, left: 0 }) {
    this.peak = state.peak
    this.left = state.left
  }

  /** A point has come. */
  pass(): void {
    if (this.left === 0) this.peak = 0
    else this.left--
  }

  /** What is new in a score: all of it, or nothing. */
  fresh(score: number): number {
    if (score <= this.peak) return 0
    this.peak = score
    this.left = points
    return score
  }

  toJSON(): EpisodeState {
    return { peak: this.peak, left: this.left }
  }
}
