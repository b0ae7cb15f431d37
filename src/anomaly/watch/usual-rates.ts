import { type MeanState, MovingMean } from "../moving-mean.ts"

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayHours = 24
const weekHours = 7 * dayHours
/** How many days, weeks and minutes a mean looks back. */
const days = 4
const weeks = 2
const minutes = 60

export interface RatesState {
  readonly day: readonly (MeanState | null)[]
  readonly week: readonly (MeanState | null)[]
  readonly recent: MeanState
  readonly hour: { readonly at: number; readonly sum: number } | null
}

/**
 * How many values are usual in a minute: by the hour of the day, by that of the week (UTC), and by the last hour that had any; the least of what these
 * say, so that none expects what the others have seen to be over.
 */
export class UsualRates {
  private readonly day: (MovingMean | undefined)[]
  private readonly week: (MovingMean | undefined)[]
  private readonly recent: MovingMean
  /** The present hour; null where it was not watched from its beginning. */
  private hour: RatesState["hour"]
  /** Up to where `recent` has heard of all minutes. */
  private heardTo: number | null = null

  constructor(state?: RatesState) {
    const restore = (all: RatesState["day"] | undefined, size: number, points: number) =>
      Array.from({ length: size }, (_, at) => {
        const one = all?.[at]
        return one ? new MovingMean(points, one) : undefined
      })
    this.day = restore(state?.day, dayHours, days)
    this.week = restore(state?.week, weekHours, weeks)
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
    if (this.hour && begin > this.hour.at) this.finish(this.hour, begin)
    if (!this.hour || begin !== this.hour.at) {
      const isWhole = this.hour !== null || at === begin
      this.hour = isWhole ? { at: begin, sum: 0 } : null
    }
    if (this.hour) this.hour = { at: begin, sum: this.hour.sum + count }
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
    const store = (all: readonly (MovingMean | undefined)[]) => all.map((one) => one?.toJSON() ?? null)
    return { day: store(this.day), week: store(this.week), recent: this.recent.toJSON(), hour: this.hour }
  }

  private rateAt(at: number): number {
    const { recent } = this
    return Math.min(
      recent.mean,
      this.day[hourOf(at, dayHours)]?.mean ?? 0,
      this.week[hourOf(at, weekHours)]?.mean ?? recent.mean,
    )
  }

  /** Hours that have passed, up to one that begins then; those after the first had no values. */
  private finish({ at, sum }: NonNullable<RatesState["hour"]>, begin: number): void {
    this.learn(at, sum / minutes)
    for (let empty = Math.max(at + hourMs, begin - weekHours * hourMs); empty < begin; empty += hourMs)
      this.learn(empty, 0)
  }

  private learn(at: number, rate: number): void {
    const [ofDay, ofWeek] = [hourOf(at, dayHours), hourOf(at, weekHours)]
    this.day[ofDay] ??= new MovingMean(days)
    this.day[ofDay].push(rate)
    this.week[ofWeek] ??= new MovingMean(weeks)
    this.week[ofWeek].push(rate)
  }
}

function hourOf(at: number, hours: number): number {
  return Math.floor(at / hourMs) % hours
}
