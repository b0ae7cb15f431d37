import type { TriggerTarget } from "../model/trigger.ts"
import type { Trigger } from "../model/trigger-declaration.ts"

/** What of an organisation has routes: a function with its http triggers, or a function or pipeline with a webhook. */
export interface RoutedTarget extends Pick<TriggerTarget, "kind" | "name"> {
  readonly triggers: readonly Trigger[]
}

/**
 * Says whether triggers may be declared beside all that has routes; what it throws MUST undo everything, and reject. MUST be
 * asked where no other declaration of the organisation can come between the answer and the commit.
 */
export type CheckRoutes = (declared: readonly RoutedTarget[]) => void
