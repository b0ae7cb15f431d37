import type { SeriesCondition } from "../../model/alert-condition.ts"
import { toMeasure } from "./measure.ts"

const minuteMs = 60_000
const hourMs = 3_600_000

/** Windows are closed a second after their end and then written: by now every process has done so. */
const settleMs = 5000

/** The longest window that moves on by a minute. */
export const maxFineWindowMs: number = hourMs

/** The longest horizon, in hours, that is looked at in steps of five minutes. */
const maxFineHorizon = 12

/** How far apart the points are that a condition looks at: windows begin and end there. */
export function stepOf(condition: SeriesCondition): number {
  switch (condition.type) {
    case "threshold":
    case "rate":
      return windowOf(condition) > maxFineWindowMs ? hourMs : minuteMs
    case "forecast":
      return condition.horizonHours > maxFineHorizon ? hourMs : 5 * minuteMs
    case "missing":
      return minuteMs
  }
}

/** How long the window of a condition is. */
export function windowOf({
  type,
  windowMs,
}: {
  readonly type: "threshold" | "rate"
  readonly windowMs?: number
}): number {
  return windowMs ?? (type === "rate" ? 900_000 : 300_000)
}

/** Where the last step ends that every process has written by now. */
export function lastEnd(condition: SeriesCondition, now: number): number {
  const stepMs = stepOf(condition)
  return Math.floor((now - settleMs) / stepMs) * stepMs
}

/** When a minute that has ended is to be looked at: with the step that it belongs to. */
export function dueAfter(condition: SeriesCondition, minuteEnd: number): number {
  const stepMs = stepOf(condition)
  return Math.ceil(minuteEnd / stepMs) * stepMs + settleMs
}

/** Whether only values can make it true, so that it need not be looked at while there are none. */
export function needsValues(condition: SeriesCondition): boolean {
  return condition.type !== "missing" && !toMeasure(condition).isZeroWhenEmpty
}
