import { BinCounts } from "./bin-counts.ts"

const bins = 1024
const middle = bins / 2
const logRatio = Math.log(1.1)
const tailShare = 0.02
/** A tail says little of one excess that is many times its mean: what comes later must not hide behind it. */
const maxExcess = 3
/** So many say how the tail goes on. */
const fewest = 50
const minPoints = 50
const maxPoints = 65_536

/** The most that a method can be surprised: beyond a chance of e^-32 nothing is told apart. */
const maxSurprise = 32

/** A point among the rarest 2 % is in the tail. */
export const inTail: number = -Math.log(tailShare)

export interface TailState {
  readonly unit: number
  /** Bin and count by turns, of the bins that are not empty. */
  readonly counts: readonly number[]
}

/**
 * Tells how rare a distance is by the distances before it, as minus the logarithm of its chance. Below their 98 % quantile that is their
 * share above it; beyond it an exponential tail with the mean excess goes on, as in peaks over threshold (Pickands, "Statistical inference
 * using extreme order statistics", Annals of Statistics 1975; Siffer et al., "Anomaly detection in streams with extreme value theory",
 * KDD 2017), with excesses clipped.
 *
 * The past is counted in bins that grow by a tenth, in units of the first distance that was not 0: the same for all scales. All counts
 * are halved when they reach 65,536.
 */
export class Tail {
  private counts = new BinCounts()
  private unit = 0

  constructor(state?: TailState) {
    if (!state) return
    this.unit = state.unit
    for (let at = 0; at + 1 < state.counts.length; at += 2) {
      this.counts.add(state.counts[at] ?? 0, state.counts[at + 1] ?? 0)
    }
  }

  /** The surprise of a distance, from 0 to `maxSurprise`; 0 while there are fewer than 50 to compare it with. */
  surprise(distance: number): number {
    return this.beyond(distance, tailShare)
  }

  /**
   * The same, of one who does not know the tail but has seen some of it: what comes next has the chance of a Lomax distribution, which is heavier the fewer
   * there were (the predictive distribution of exponential excesses: Geisser, "Predictive inference", 1993). A tail need not be exponential
   * from its beginning: the rarest fifty say how it goes on, and where they make less of the distance, that counts.
   */
  prediction(distance: number): number {
    const share = Math.min(tailShare, fewest / this.counts.total)
    const all = this.predicted(distance, tailShare)
    return share < tailShare ? Math.min(all, this.predicted(distance, share)) : all
  }

  add(distance: number): void {
    if (this.unit === 0 && distance > 0) this.unit = distance
    this.counts.add(this.binOf(distance), 1)
    if (this.counts.total >= maxPoints) this.halve()
  }

  toJSON(): TailState {
    return { unit: this.unit, counts: [...this.counts.entries()].flat() }
  }

  private predicted(distance: number, share: number): number {
    const surprise = this.beyond(distance, share)
    const more = surprise + Math.log(share)
    const seen = share * this.counts.total
    return more > 0 ? surprise - more + seen * Math.log1p(more / seen) : surprise
  }

  /** By the rarest of that share. */
  private beyond(distance: number, share: number): number {
    const { total } = this.counts
    if (total < minPoints) return 0
    const least = -Math.log(share)
    const bin = this.binOf(distance)
    const below = this.counts.below(bin)
    const own = this.counts.at(bin)
    if (bin === 0 || below + own <= (1 - share) * total) {
      return Math.min(-Math.log(1 - (below + own / 2) / total), least)
    }
    const edge = this.counts.exceeding((1 - share) * total)
    if (bin <= edge) return least
    const start = this.middleOf(edge)
    const excess = this.meanExcess(edge, start, share)
    return excess > 0 ? Math.min(least + (distance - start) / excess, maxSurprise) : maxSurprise
  }

  private meanExcess(edge: number, start: number, share: number): number {
    const { counts } = this
    const above = Math.max(edge + 1, counts.first)
    let sum = 0
    for (let bin = above; bin <= counts.highest; bin++) {
      const count = counts.at(bin)
      if (count > 0) sum += count * (this.middleOf(bin) - start)
    }
    const expected = share * counts.total
    const limit = (maxExcess * sum) / expected
    let clipped = 0
    for (let bin = above; bin <= counts.highest; bin++) {
      const count = counts.at(bin)
      if (count > 0) clipped += count * Math.min(this.middleOf(bin) - start, limit)
    }
    return clipped / expected
  }

  private binOf(distance: number): number {
    if (!(distance > 0)) return 0
    if (this.unit === 0) return middle
    const bin = middle + Math.round(Math.log(distance / this.unit) / logRatio)
    return Math.min(Math.max(bin, 1), bins - 1)
  }

  private middleOf(bin: number): number {
    return bin === 0 ? 0 : this.unit * Math.exp((bin - middle) * logRatio)
  }

  private halve(): void {
    const halved = new BinCounts()
    for (const [bin, count] of this.counts.entries()) if (count > 1) halved.add(bin, Math.floor(count / 2))
    this.counts = halved
  }
}
