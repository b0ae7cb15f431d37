import type { CronFieldCollection } from "cron-parser"

/** The days that an expression may fit on. */
export interface CronDays {
  /** The beginning of the first such day, at or after this one, written as if it were UTC; null where none comes for a century. */
  firstFrom(dayStart: number): number | null
}

const dayMs = 86_400_000
const longestMonths = 1200

/**
 * Finds days by counting, where the library makes a date of each day that it looks at: for an expression that fits once in
 * many years that takes tens of milliseconds. It goes by the library's rules, which has the last word on what is found.
 */
export function createCronDays(fields: CronFieldCollection): CronDays {
  const { dayOfMonth, dayOfWeek } = fields
  const months = new Set<number>(fields.month.values)
  const days = new Set<number | string>(dayOfMonth.values)
  const weekdays = new Set<number | string>(dayOfWeek.values)
  // A weekday with an L has it behind its number.
  const lastWeekdays = new Set(
    dayOfWeek.hasLastChar ? dayOfWeek.values.map((value) => Number.parseInt(`${value}`, 10) % 7) : [],
  )

  function fits(day: number, weekday: number, lastDay: number): boolean {
    const fitsDay = days.has(day) || (dayOfMonth.hasLastChar && day === lastDay)
    const isNth = dayOfWeek.nthDay <= 0 || Math.ceil(day / 7) === dayOfWeek.nthDay
    const fitsWeekday = (weekdays.has(weekday) && isNth) || (day > lastDay - 7 && lastWeekdays.has(weekday))
    // Where both are given, either will do.
    if (dayOfWeek.isWildcard) return fitsDay
    return fitsWeekday || (fitsDay && !dayOfMonth.isWildcard)
  }

  return {
    firstFrom(dayStart) {
      const from = new Date(dayStart)
      let day = from.getUTCDate()
      for (let ahead = 0; ahead < longestMonths; ahead++) {
        const first = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + ahead, 1)
        const month = new Date(first)
        if (months.has(month.getUTCMonth() + 1)) {
          const lastDay = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 0)).getUTCDate()
          for (; day <= lastDay; day++) {
            if (fits(day, (month.getUTCDay() + day - 1) % 7, lastDay)) return first + (day - 1) * dayMs
          }
        }
        day = 1
      }
      return null
    },
  }
}
