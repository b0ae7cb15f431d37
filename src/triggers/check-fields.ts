import { type ErrorIssue, FunctionsError } from "../errors/functions-error.ts"
import type { TriggerTarget } from "../model/trigger.ts"
import { type EventTrigger, isSchedule, type ScheduleTrigger, type Trigger } from "../model/trigger-declaration.ts"

/** What counts for triggers of one type alone: elsewhere it would be passed over, and more fire than somebody meant. */
const fieldsOf: Readonly<Record<EventTrigger["type"], readonly (keyof EventTrigger)[]>> = {
  event: ["event", "events", "source", "subject", "filter"],
  pubsub: ["topic", "event", "source", "subject", "filter"],
  queue: ["queue"],
}
const ownFields = [...new Set(Object.values(fieldsOf).flat())]

/** `FN_006` where a trigger has a field that means nothing for it, or says one thing twice. */
export function checkFields(triggers: readonly Trigger[], kind: TriggerTarget["kind"]): void {
  const issues = triggers.flatMap((trigger, index) =>
    findFaults(trigger, kind).map(({ path, message }) => ({ path: `triggers.${index}.${path}`, message })),
  )
  if (issues.length === 0) return
  const told = issues.map(({ path, message }) => `"${path}" ${message}`).join("; ")
  throw new FunctionsError("FN_006", `Cannot use the triggers: ${told}.`, { issues })
}

function findFaults(trigger: Trigger, kind: TriggerTarget["kind"]): readonly ErrorIssue[] {
  if (isSchedule(trigger)) return findSecondExpression(trigger)
  if (trigger.type !== "event" && trigger.type !== "pubsub" && trigger.type !== "queue") return []
  const { type, topic, event, batchSize, batchTimeout } = trigger
  const faults = ownFields
    .filter((field) => trigger[field] !== undefined && !fieldsOf[type].includes(field))
    .map((path) => ({ path, message: `has no effect on a trigger of type ${type}` }))
  if (type === "pubsub" && topic !== undefined && event !== undefined) {
    faults.push({ path: "event", message: "must not stand beside topic: each of them says what to hear of" })
  }
  if (kind === "pipeline" && batchSize !== undefined) {
    faults.push({ path: "batchSize", message: "has no effect on a pipeline: each runs by itself" })
  }
  if (batchTimeout !== undefined && batchSize === undefined) {
    faults.push({ path: "batchTimeout", message: "has no effect without batchSize" })
  }
  return faults
}

function findSecondExpression(trigger: ScheduleTrigger): readonly ErrorIssue[] {
  const [first, ...others] = (["cron", "schedule", "expression"] as const).filter((key) => trigger[key] !== undefined)
  return others.map((path) => ({ path, message: `must not stand beside ${first}: each of them says when` }))
}
