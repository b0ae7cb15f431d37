import { FunctionsError } from "../errors/functions-error.ts"
import type { TriggerTarget } from "../model/trigger.ts"
import type { Trigger } from "../model/trigger-declaration.ts"
import type { RoutedTarget } from "../ports/routes.ts"
import { toHttpRoutes } from "./http-routes.ts"
import { findRouteConflicts } from "./route-conflicts.ts"
import type { Route } from "./route-table.ts"
import { webhookMethods } from "./webhooks/webhook-routes.ts"

/** Whose triggers they are, or will be. */
export type RouteOwner = Pick<TriggerTarget, "kind" | "name">

/** `FN_006` where a route of the triggers is one that the owner declares twice, or that something else answers. */
export function checkRoutes(owner: RouteOwner, triggers: readonly Trigger[], declared: readonly RoutedTarget[]): void {
  const others = declared.filter(({ kind, name }) => kind !== owner.kind || name !== owner.name)
  const [conflict] = findRouteConflicts(
    toOwnedRoutes(owner, triggers),
    others.flatMap((other) => toOwnedRoutes(other, other.triggers)),
  )
  if (!conflict) return
  const route = `${conflict.methods?.[0] ?? "any method"} ${conflict.route.path}`
  const other = `${conflict.other.value.kind} "${conflict.other.value.name}"`
  throw new FunctionsError("FN_006", `Cannot route ${route} to ${owner.kind} "${owner.name}": ${other} answers it.`, {
    issues: [{ path: "triggers", message: `${route} is taken by ${other}` }],
  })
}

function toOwnedRoutes(owner: RouteOwner, triggers: readonly Trigger[]): readonly Route<RouteOwner>[] {
  const http = toHttpRoutes({ id: "", name: owner.name, triggers })
  const webhooks = triggers.filter((trigger) => trigger.type === "webhook")
  return [
    ...http.map((route) => ({ ...route, value: owner })),
    ...webhooks.map(({ path }) => ({ path, methods: webhookMethods, value: owner })),
  ]
}
