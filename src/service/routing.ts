import { FunctionsError } from "../errors/functions-error.ts"
import type { Trigger } from "../model/configuration.ts"
import type { FunctionRecord } from "../model/function.ts"
import type { FunctionStore } from "../ports/storage.ts"
import { type HttpRouteMatch, type HttpRouteTarget, toHttpRoutes } from "../triggers/http-routes.ts"
import { findRouteConflicts } from "../triggers/route-conflicts.ts"
import { createRouteTable, type RouteTable } from "../triggers/route-table.ts"

/** What a route is declared by. */
type RoutedFunction = Pick<FunctionRecord, "id" | "organisation" | "name" | "triggers">

/** The http triggers of all organisations, kept in memory so that a request is matched without the database. */
export interface Routing {
  /** Reads every function that has a route. */
  load(): Promise<void>
  /** A function was deployed, changed or removed: what is stored of it now counts. */
  refresh(organisation: string, functionId: string): Promise<void>
  match(organisation: string, method: string, path: string): HttpRouteMatch | null
  /** `FN_006` where another function of the organisation answers one of these routes. */
  check(organisation: string, name: string, triggers: readonly Trigger[]): void
}

/** Other replicas change routes too: a table this old is read again, beside the request that finds it so. */
const freshMs = 2000

interface Organisation {
  readonly functions: Map<string, RoutedFunction>
  table: RouteTable<HttpRouteTarget> | undefined
}

/** Creates an empty routing; `load` fills it. */
export function createRouting(options: {
  readonly store: FunctionStore
  readonly now: () => number
  readonly onError: (error: unknown, context: { readonly stage: "routes" }) => void
}): Routing {
  const { store, now, onError } = options
  let organisations = new Map<string, Organisation>()
  const turns = new Map<string, Promise<void>>()
  let loadedAt = 0
  let changes = 0

  function organisationOf(id: string): Organisation {
    const known = organisations.get(id)
    if (known) return known
    const fresh: Organisation = { functions: new Map(), table: undefined }
    organisations.set(id, fresh)
    return fresh
  }

  function put(record: RoutedFunction): void {
    const organisation = organisationOf(record.organisation)
    if (record.triggers.some((trigger) => trigger.type === "http")) organisation.functions.set(record.id, record)
    else organisation.functions.delete(record.id)
    organisation.table = undefined
  }

  const routing: Routing = {
    async load() {
      loadedAt = now()
      const before = changes
      const records = await store.listRouted()
      // A change of this process that came meanwhile is newer than what was read.
      if (before !== changes) return
      organisations = new Map()
      for (const record of records) put(record)
    },
    async refresh(organisation, functionId) {
      // One after the other, or what was read first could be put last.
      const turn = (turns.get(functionId) ?? Promise.resolve())
        .catch(() => {})
        .then(async () => {
          const record = await store.findById(organisation, functionId)
          changes++
          put(record ?? { id: functionId, organisation, name: "", triggers: [] })
        })
      turns.set(functionId, turn)
      try {
        await turn
      } finally {
        if (turns.get(functionId) === turn) turns.delete(functionId)
      }
    },
    match(organisation, method, path) {
      if (now() - loadedAt > freshMs) routing.load().catch((error) => onError(error, { stage: "routes" }))
      const known = organisations.get(organisation)
      if (!known || known.functions.size === 0) return null
      known.table ??= createRouteTable([...known.functions.values()].flatMap(toHttpRoutes))
      const match = known.table.match(method, path)
      return match && { ...match.value, params: match.params }
    },
    check(organisation, name, triggers) {
      const others = [...(organisations.get(organisation)?.functions.values() ?? [])].filter((one) => one.name !== name)
      const conflicts = findRouteConflicts(toHttpRoutes({ id: "", name, triggers }), others.flatMap(toHttpRoutes))
      const [conflict] = conflicts
      if (!conflict) return
      const method = conflict.methods?.[0] ?? "any method"
      const owner = conflict.other.value.name
      throw new FunctionsError(
        "FN_006",
        `Cannot route ${method} ${conflict.route.path} to function "${name}": function "${owner}" answers it.`,
        { issues: [{ path: "triggers", message: `${method} ${conflict.route.path} is taken by "${owner}"` }] },
      )
    },
  }
  return routing
}
