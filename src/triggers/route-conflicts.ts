import { toRouteSegments } from "./route-pattern.ts"
import type { Route } from "./route-table.ts"

/** Two routes that answer the same method of the same paths, so that one of them never would. */
export interface RouteConflict<Value> {
  readonly route: Route<Value>
  readonly other: Route<Value>
  /** The methods that both answer; null where both answer every method. */
  readonly methods: readonly string[] | null
}

/**
 * Finds the routes of `added` that conflict with one of `existing`, or with an earlier one of their own.
 * Names of parameters do not tell paths apart; a more specific path beside a wider one is no conflict.
 */
export function findRouteConflicts<Value>(
  added: readonly Route<Value>[],
  existing: readonly Route<Value>[] = [],
): readonly RouteConflict<Value>[] {
  const byShape = new Map<string, Route<Value>[]>()
  for (const route of existing) remember(byShape, route)
  const conflicts: RouteConflict<Value>[] = []
  for (const route of added) {
    for (const other of byShape.get(shapeOf(route.path)) ?? []) {
      const methods = overlap(route.methods, other.methods)
      if (methods === null || methods.length > 0) conflicts.push({ route, other, methods })
    }
    remember(byShape, route)
  }
  return conflicts
}

/** The path without the names of its parameters. */
function shapeOf(path: string): string {
  return toRouteSegments(path)
    .map((segment) => (segment.kind === "static" ? segment.text : segment.kind === "parameter" ? ":" : "*"))
    .join("/")
}

function remember<Value>(byShape: Map<string, Route<Value>[]>, route: Route<Value>): void {
  const shape = shapeOf(route.path)
  const routes = byShape.get(shape)
  if (routes) routes.push(route)
  else byShape.set(shape, [route])
}

/** A route for every method and one for single methods live side by side: the latter is the more specific one. */
function overlap(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null && b === null) return null
  if (a === null || b === null) return []
  return a.filter((method) => b.includes(method))
}
