const minuteMs = 60_000
/** Calls that fail one after the other are seen together. */
const togetherMs = 10 * minuteMs
/** What is older counts half. */
const maxCalls = 500_000
/** The best of several spans is chosen. */
const chosen: number = Math.log(3)

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
 * Shares, such as that of calls that fail, of a few calls: the signal is how unlikely so many of the last calls are by the share of the whole past (the
 * binomial distribution, with Jeffreys' prior), in the last minute or in the last ones up to ten minutes, whichever is less likely (a scan statistic: Naus,
 * "The distribution of the size of the maximum cluster of points on a line", JASA 1965). Only a minute that adds to it says anything.
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
    const share = (Math.max(this.sum - summed, 0) + 0.5) / (past + 1)
    let [count, sum, most] = [0, 0, 0]
    for (const minute of this.recent.toReversed()) {
      count += minute.count
      sum += minute.sum
      most = Math.max(most, -Math.log(chanceOf(sum, count, share)) - (sum > minute.sum ? chosen : 0))
    }
    return most
  }
}

function total(minutes: readonly Minute[]): readonly [count: number, sum: number] {
  return [minutes.reduce((all, { count }) => all + count, 0), minutes.reduce((all, { sum }) => all + sum, 0)]
}

/** Of so many or more of some calls. */
function chanceOf(some: number, calls: number, share: number): number {
  if (share >= 1) return 1
  let one = (1 - share) ** calls
  let below = 0
  let above = 0
  for (let at = 0; at <= calls; at++) {
    if (at < some) below += one
    else above += one
    one *= ((calls - at) / (at + 1)) * (share / (1 - share))
  }
  return Math.min(1, below > 0.5 ? Math.max(above, 1e-300) : 1 - below)
}
