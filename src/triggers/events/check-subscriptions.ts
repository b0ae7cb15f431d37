import { type ErrorIssue, FunctionsError } from "../../errors/functions-error.ts"
import type { Trigger } from "../../model/trigger-declaration.ts"
import { FilterFault } from "./filter.ts"
import { compileSubscription } from "./subscription.ts"

/** `FN_006` where a trigger of the types `event` and `pubsub` names nothing to hear of, or has a filter that is none. */
export function checkSubscriptions(triggers: readonly Trigger[]): void {
  const issues = triggers.flatMap(findFaults)
  if (issues.length === 0) return
  const told = issues.map(({ path, message }) => `"${path}" ${message}`).join("; ")
  throw new FunctionsError("FN_006", `Cannot use the triggers: ${told}.`, { issues })
}

function findFaults(trigger: Trigger, index: number): readonly ErrorIssue[] {
  if (trigger.type !== "event" && trigger.type !== "pubsub") return []
  try {
    compileSubscription(trigger)
    return []
  } catch (error) {
    if (error instanceof FilterFault) return [{ path: `triggers.${index}.${error.path}`, message: error.message }]
    throw error
  }
}
