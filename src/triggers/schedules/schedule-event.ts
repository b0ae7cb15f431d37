import type { ScheduleTrigger } from "../../model/trigger-declaration.ts"

/** What a schedule gives to its target. An `input` that is an object stands beside these fields, any other under its name. */
export interface ScheduleEvent {
  readonly type: "schedule"
  /** The trigger's name. */
  readonly trigger: string
  readonly cron: string
  readonly timezone: string
  /** The time that it is for, ISO 8601 in UTC: the same however late the call comes. */
  readonly scheduledFor: string
  /** When it was put into the queue, ISO 8601 in UTC. */
  readonly firedAt: string
  readonly [key: string]: unknown
}

/** Makes the event of one time of a schedule. What the author has written in `input` wins over a field of the same name. */
export function toScheduleEvent({
  name,
  configuration,
  scheduledFor,
  firedAt,
}: {
  readonly name: string
  readonly configuration: ScheduleTrigger
  readonly scheduledFor: number
  readonly firedAt: number
}): ScheduleEvent {
  const { input, timezone = "UTC" } = configuration
  const isObject = typeof input === "object" && input !== null && !Array.isArray(input)
  return {
    type: "schedule",
    trigger: name,
    cron: expressionOf(configuration),
    timezone,
    scheduledFor: new Date(scheduledFor).toISOString(),
    firedAt: new Date(firedAt).toISOString(),
    ...(isObject ? input : input !== undefined && { input }),
  }
}

/** The expression of a schedule, whichever of its names the author has used. */
export function expressionOf({ cron, schedule, expression }: ScheduleTrigger): string {
  return cron ?? schedule ?? expression ?? ""
}
