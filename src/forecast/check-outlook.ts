import type { Outlook } from "./backend.ts"
import type { Interval } from "./intervals.ts"
import type { ForecastRequest } from "./request.ts"

/** Gives a backend's answer back; throws where it is not what was asked for, so that another backend answers. */
export function checkOutlook(outlook: Outlook, { horizon, levels }: ForecastRequest): Outlook {
  const { mean } = outlook
  if (!areNumbers(mean, horizon)) throw new TypeError(`Its mean must be ${horizon} finite numbers.`)
  const intervals: Record<number, Interval> = {}
  for (const level of levels) {
    const interval: Interval | undefined = outlook.intervals?.[level]
    if (!areNumbers(interval?.lower, horizon) || !areNumbers(interval?.upper, horizon)) {
      throw new TypeError(`Its interval of ${level} % must be ${horizon} finite numbers below and above.`)
    }
    const { lower, upper } = interval as Interval
    if (lower.some((value, lead) => value > (upper[lead] as number))) {
      throw new TypeError(`Its interval of ${level} % has bounds the wrong way round.`)
    }
    intervals[level] = { lower, upper }
  }
  return { mean, intervals }
}

function areNumbers(values: unknown, length: number): boolean {
  return Array.isArray(values) && values.length === length && values.every(Number.isFinite)
}
