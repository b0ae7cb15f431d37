import type { TriggerTarget } from "../model/trigger.ts"
import type { Trigger } from "../model/trigger-declaration.ts"
import type { CheckRoutes } from "../ports/routes.ts"
import { checkFields } from "../triggers/check-fields.ts"
import { checkSubscriptions } from "../triggers/events/check-subscriptions.ts"
import { checkSchedules } from "../triggers/schedules/check-schedules.ts"
import type { Routing } from "./routing.ts"

/** Refuses what a function, or a pipeline, declares with `FN_006`; answers what decides on its routes where it is written. */
export type TriggerCheck = (
  organisation: string,
  name: string,
  triggers: readonly Trigger[],
  kind?: TriggerTarget["kind"],
) => CheckRoutes

/** What refuses triggers: routes that something else has, and what can never fire as it says. */
export function createTriggerCheck(routing: Pick<Routing, "check">): TriggerCheck {
  return (organisation, name, triggers, kind = "function") => {
    const checkRoutes = routing.check(organisation, name, triggers, kind)
    checkFields(triggers, kind)
    checkSchedules(triggers)
    checkSubscriptions(triggers)
    return checkRoutes
  }
}
