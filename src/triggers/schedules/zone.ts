/** A time zone, with what its clocks show. */
export interface Zone {
  /** Milliseconds that its clocks are ahead of UTC at this instant. */
  offsetAt(instant: number): number
  /** The instants at which its clocks show this time, written as if it were UTC: one, two where they are put back, none where they are put forward. */
  instantsOf(wallTime: number): readonly number[]
  /** When the clocks change for the first time after `from` and no later than `to`; the offset differs at the two. */
  changeBetween(from: number, to: number): number
}

const dayMs = 86_400_000

/** The zone of this IANA name; `RangeError` where there is none. */
export function createZone(name: string): Zone {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  })

  function offsetAt(instant: number): number {
    const parts: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(instant)) parts[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1000) * 1000
  }

  return {
    offsetAt,
    instantsOf(wallTime) {
      // No clock is changed twice within two days.
      const offsets = new Set([offsetAt(wallTime - dayMs), offsetAt(wallTime + dayMs)])
      return [...offsets]
        .map((offset) => wallTime - offset)
        .filter((instant) => instant + offsetAt(instant) === wallTime)
        .sort((one, other) => one - other)
    },
    changeBetween(from, to) {
      const before = offsetAt(from)
      let low = from
      let high = to
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2)
        if (offsetAt(middle) === before) low = middle
        else high = middle
      }
      return high
    },
  }
}
