import type { HttpTrigger, RouteMethod, Trigger } from "../model/trigger-declaration.ts"
import type { Route } from "./route-table.ts"

/** A function that answers a request, with what its path's parameters matched. */
export interface HttpRouteMatch {
  readonly kind: "http"
  readonly functionId: string
  readonly name: string
  readonly params: Readonly<Record<string, string>>
  readonly auth: "none" | "required"
}

/** What a route table keeps for a function's http trigger. */
export type HttpRouteTarget = Omit<HttpRouteMatch, "params">

/** The routes that a function's http triggers declare. */
export function toHttpRoutes(subject: {
  readonly id: string
  readonly name: string
  readonly triggers: readonly Trigger[]
}): readonly Route<HttpRouteTarget>[] {
  return subject.triggers
    .filter((trigger) => trigger.type === "http")
    .map((trigger) => ({
      path: trigger.path,
      methods: methodsOf(trigger),
      value: { kind: "http", functionId: subject.id, name: subject.name, auth: trigger.auth ?? "none" },
    }))
}

/** `method` and `methods` together; null where neither is given, so that every method is answered. */
function methodsOf(trigger: HttpTrigger): readonly RouteMethod[] | null {
  const methods = [trigger.method ?? [], trigger.methods ?? []].flat()
  return methods.length === 0 ? null : methods
}
