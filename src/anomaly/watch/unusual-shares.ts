const minuteMs = 60_000
/** Calls that fail one after the other are seen together. */
const togetherMs = 10 * minuteMs
/** What is older counts half. */
const maxCalls = 500_000

interface Minute {
  readonly at: number
  readonly count: number
  readonly sum: number
}

export interface SharesState {
  readonly count: number
  readonly sum: number
  readonly recent: readonly Minute[]
}

/**
 * Shares, such as that of calls that fail, of a few calls: the signal is how unlikely so many of the last calls are after the whole past (the beta-binomial
 * distribution: what is likely where the share itself is known only so well, with Jeffreys' prior), in the last minute or in the last ones up to ten
 * minutes, whichever is less likely (a scan statistic: Naus, "The distribution of the size of the maximum cluster of points on a line", JASA 1965). As
 * the best of them is chosen, half of the chance is left to the last minute, and the other half to the longer spans. Only a minute that adds to it says anything.
 */
export class UnusualShares {
  private count: number
  private sum: number
  private recent: readonly Minute[]

  constructor(state?: SharesState) {
    this.count = state?.count ?? 0
    this.sum = state?.sum ?? 0
    this.recent = state?.recent ?? []
  }

  push(minute: Minute): number {
    const { at } = minute
    this.recent = [...this.recent.filter((one) => one.at > at - togetherMs), minute]
    const surprise = minute.sum > 0 ? this.surprise() : 0
    this.count += minute.count
    this.sum += minute.sum
    if (this.count > maxCalls) [this.count, this.sum] = [this.count / 2, this.sum / 2]
    return surprise
  }

  toJSON(): SharesState {
    const { count, sum, recent } = this
    return { count, sum, recent }
  }

  private surprise(): number {
    // Those that are seen together are no part of the past yet.
    const [counted, summed] = total(this.recent.slice(0, -1))
    const past = Math.max(this.count - counted, 0)
    const failed = Math.min(Math.max(this.sum - summed, 0), past)
    const longer = this.recent.length - 1
    let [count, sum, most] = [0, 0, 0]
    for (const [back, minute] of this.recent.toReversed().entries()) {
      count += minute.count
      sum += minute.sum
      const spans = longer === 0 ? 1 : 2 * (back === 0 ? 1 : longer)
      most = Math.max(most, -Math.log(chanceOf(sum, count, failed + 0.5, past - failed + 0.5) * spans))
    }
    return most
  }
}

function total(minutes: readonly Minute[]): readonly [count: number, sum: number] {
  return [minutes.reduce((all, { count }) => all + count, 0), minutes.reduce((all, { sum }) => all + sum, 0)]
}

/** Of so many or more of some calls, after as many that were such and were not. */
function chanceOf(some: number, calls: number, such: number, others: number): number {
  let one = 1
  for (let at = 0; at < calls; at++) one *= (others + at) / (such + others + at)
  let below = 0
  let above = 0
  for (let at = 0; at <= calls; at++) {
    if (at < some) below += one
    else above += one
    one *= ((calls - at) / (at + 1)) * ((such + at) / (others + calls - at - 1))
  }
  return Math.min(1, below > 0.5 ? Math.max(above, 1e-300) : 1 - below)
}
