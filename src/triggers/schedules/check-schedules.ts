import { type ErrorIssue, FunctionsError } from "../../errors/functions-error.ts"
import { isSchedule, type ScheduleTrigger, type Trigger } from "../../model/trigger-declaration.ts"
import { expressionOf } from "./schedule-event.ts"
import { createTimetable, TimetableError } from "./timetable.ts"

/** `FN_006` where a schedule has an expression that is none or never fits, or a time zone that is not known. */
export function checkSchedules(triggers: readonly Trigger[]): void {
  const issues = triggers.flatMap((trigger, index) => (isSchedule(trigger) ? checkSchedule(trigger, index) : []))
  if (issues.length === 0) return
  const told = issues.map(({ path, message }) => `"${path}" ${message}`).join("; ")
  throw new FunctionsError("FN_006", `Cannot use the triggers: ${told}.`, { issues })
}

function checkSchedule(trigger: ScheduleTrigger, index: number): readonly ErrorIssue[] {
  const key = (["cron", "schedule", "expression"] as const).find((name) => trigger[name] !== undefined) ?? "cron"
  if (expressionOf(trigger) === "") return [{ path: `triggers.${index}.${key}`, message: "must be a cron expression" }]
  try {
    createTimetable(expressionOf(trigger), trigger.timezone ?? "UTC")
    return []
  } catch (error) {
    if (!(error instanceof TimetableError)) throw error
    return [{ path: `triggers.${index}.${error.field === "expression" ? key : "timezone"}`, message: error.message }]
  }
}
