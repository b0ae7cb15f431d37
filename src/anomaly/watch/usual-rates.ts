import { type MeanState, MovingMean } from "../moving-mean.ts"
import { HourlyMeans, type HourlyState } from "./hourly-means.ts"

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayHours = 24
const weekHours = 7 * dayHours
/** How many days, weeks and minutes a mean looks back. */
const days = 4
const weeks = 2
const minutes = 60

export interface RatesState {
  readonly day: HourlyState
  readonly week: HourlyState
  readonly recent: MeanState
  /** The present hour; its sum is null where it was not watched from its beginning. */
  readonly hour: { readonly at: number; readonly sum: number | null } | null
}

/**
 * How many values are usual in a minute: by the hour of the day, by that of the week (UTC), and by the last hour that had any; the least of what these
 * say, so that none expects what the others have seen to be over. The hours beside one count as it does: where clocks are set forward and back, all that
 * people do comes an hour earlier or later.
 */
export class UsualRates {
  private readonly day: HourlyMeans
  private readonly week: HourlyMeans
  private readonly recent: MovingMean
  /** Null where nobody has watched since. */
  private hour: RatesState["hour"]
  /** Up to where `recent` has heard of all minutes. */
  private heardTo: number | null = null

  constructor(state?: RatesState) {
    this.day = new HourlyMeans(dayHours, days, state?.day)
    this.week = new HourlyMeans(weekHours, weeks, state?.week)
    this.recent = new MovingMean(minutes, state?.recent)
    this.hour = state?.hour ?? null
  }

  /** Time has passed in which nobody has watched. */
  resume(): void {
    this.hour = null
    this.heardTo = null
  }

  /** Takes a minute with values; those between it and the one before had none. */
  push(at: number, count: number): void {
    const begin = Math.floor(at / hourMs) * hourMs
    const { hour } = this
    if (!hour) this.hour = { at: begin, sum: at === begin ? count : null }
    else if (hour.at === begin) this.hour = { at: begin, sum: hour.sum === null ? null : hour.sum + count }
    else {
      this.finish(hour, begin)
      this.hour = { at: begin, sum: count }
    }
    const empty = this.heardTo === null ? 0 : Math.min(Math.max((at - this.heardTo) / minuteMs, 0), 10 * minutes)
    for (let left = empty; left > 0; left--) this.recent.push(0)
    this.recent.push(count)
    this.heardTo = at + minuteMs
  }

  /** How many values would have come. */
  expected(from: number, to: number): number {
    let sum = 0
    for (let at = from; at < to; ) {
      const end = Math.min((Math.floor(at / hourMs) + 1) * hourMs, to)
      sum += this.rateAt(at) * ((end - at) / minuteMs)
      at = end
    }
    return sum
  }

  toJSON(): RatesState {
    const { day, week, recent, hour } = this
    return { day: day.toJSON(), week: week.toJSON(), recent: recent.toJSON(), hour }
  }

  private rateAt(at: number): number {
    const { mean } = this.recent
    let least = mean
    for (const near of [at - hourMs, at, at + hourMs]) {
      least = Math.min(least, this.day.at(near) ?? 0, this.week.at(near) ?? mean)
    }
    return least
  }

  /** Hours that have passed, up to one that begins then; those after the first had no values. */
  private finish({ at, sum }: NonNullable<RatesState["hour"]>, begin: number): void {
    if (sum !== null) this.learn(at, sum / minutes)
    for (let empty = Math.max(at + hourMs, begin - weekHours * hourMs); empty < begin; empty += hourMs)
      this.learn(empty, 0)
  }

  private learn(at: number, rate: number): void {
    this.day.push(at, rate)
    this.week.push(at, rate)
  }
}
