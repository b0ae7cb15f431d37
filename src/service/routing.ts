import type { FunctionRecord } from "../model/function.ts"
import type { TriggerRecord, TriggerTarget } from "../model/trigger.ts"
import type { Trigger } from "../model/trigger-declaration.ts"
import type { CheckRoutes, RoutedTarget } from "../ports/routes.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { TriggerStore } from "../ports/trigger-storage.ts"
import { checkRoutes } from "../triggers/check-routes.ts"
import { type HttpRouteMatch, type HttpRouteTarget, toHttpRoutes } from "../triggers/http-routes.ts"
import { createRouteTable, type RouteTable } from "../triggers/route-table.ts"
import {
  toWebhookRoutes,
  type WebhookRouteMatch,
  type WebhookRouteTarget,
} from "../triggers/webhooks/webhook-routes.ts"

/** What a route is declared by. */
type RoutedFunction = Pick<FunctionRecord, "id" | "organisation" | "name" | "triggers">

/** What answers a method of a path. */
export type RouteMatch = HttpRouteMatch | WebhookRouteMatch

/** The http triggers and webhooks of all organisations, kept in memory so that a request is matched without the database. */
export interface Routing {
  /** Reads everything that has a route. */
  load(): Promise<void>
  /** Resolves once what counts is at most two seconds old, or cannot be read now. */
  follow(): Promise<void>
  /** A function or pipeline was deployed, changed or removed: what is stored of it now counts. */
  refresh(organisation: string, target: Pick<TriggerTarget, "kind" | "id">): Promise<void>
  match(organisation: string, method: string, path: string): RouteMatch | null
  /**
   * `FN_006` where something else of the organisation answers one of these routes, as far as it is known here; answers what
   * decides it for good where they are written.
   */
  check(organisation: string, name: string, triggers: readonly Trigger[], kind?: TriggerTarget["kind"]): CheckRoutes
}

/** Other replicas change routes too: a table this old is read again, beside the request that finds it so. */
const freshMs = 1000
/** A process that had no requests for a while has a table that is older: nobody is served by it. */
const staleMs = 2000
/** More than one target may declare. */
const allOfTarget = { limit: 1000 }

interface Organisation {
  readonly functions: Map<string, RoutedFunction>
  /** By the id of their target. */
  readonly webhooks: Map<string, readonly TriggerRecord[]>
  table: RouteTable<HttpRouteTarget | WebhookRouteTarget> | undefined
}

/** Creates an empty routing; `load` fills it. */
export function createRouting(options: {
  readonly store: FunctionStore
  readonly triggers: Pick<TriggerStore, "list" | "listWebhooks">
  readonly now: () => number
  readonly onError: (error: unknown, context: { readonly stage: "routes" }) => void
}): Routing {
  const { store, triggers: triggerStore, now, onError } = options
  let organisations = new Map<string, Organisation>()
  const turns = new Map<string, Promise<void>>()
  let loadedAt = 0
  let changes = 0
  let loading: Promise<void> | undefined

  function organisationOf(id: string): Organisation {
    const known = organisations.get(id)
    if (known) return known
    const fresh: Organisation = { functions: new Map(), webhooks: new Map(), table: undefined }
    organisations.set(id, fresh)
    return fresh
  }

  function put(record: RoutedFunction): void {
    const organisation = organisationOf(record.organisation)
    if (record.triggers.some((trigger) => trigger.type === "http")) organisation.functions.set(record.id, record)
    else organisation.functions.delete(record.id)
    organisation.table = undefined
  }

  function putWebhooks(id: string, targetId: string, webhooks: readonly TriggerRecord[]): void {
    const organisation = organisationOf(id)
    if (webhooks.length > 0) organisation.webhooks.set(targetId, webhooks)
    else organisation.webhooks.delete(targetId)
    organisation.table = undefined
  }

  async function read(organisation: string, { kind, id }: Pick<TriggerTarget, "kind" | "id">): Promise<void> {
    const [record, webhooks] = await Promise.all([
      kind === "function" ? store.findById(organisation, id) : null,
      triggerStore.list(organisation, { type: "webhook", target: { kind, id } }, allOfTarget),
    ])
    changes++
    put(record ?? { id, organisation, name: "", triggers: [] })
    putWebhooks(organisation, id, webhooks.items)
  }

  const routing: Routing = {
    async load() {
      const startedAt = now()
      const before = changes
      const [records, webhooks] = await Promise.all([store.listRouted(), triggerStore.listWebhooks()])
      // A change of this process that came meanwhile is newer than what was read.
      if (before !== changes) return
      loadedAt = startedAt
      organisations = new Map()
      for (const record of records) put(record)
      const known = new Map<string, TriggerRecord[]>()
      for (const webhook of webhooks) known.set(webhook.target.id, [...(known.get(webhook.target.id) ?? []), webhook])
      for (const [id, of] of known) putWebhooks(of[0]?.organisation ?? "", id, of)
    },
    async follow() {
      const age = Math.abs(now() - loadedAt)
      if (age <= freshMs) return
      loading ??= routing
        .load()
        .catch((error) => {
          // What is known serves until then, rather than that every request waits for a database that is away.
          loadedAt = now()
          onError(error, { stage: "routes" })
        })
        .finally(() => {
          loading = undefined
        })
      if (age > staleMs) await loading
    },
    async refresh(organisation, target) {
      // One after the other, or what was read first could be put last.
      const turn = (turns.get(target.id) ?? Promise.resolve()).catch(() => {}).then(() => read(organisation, target))
      turns.set(target.id, turn)
      try {
        await turn
      } finally {
        if (turns.get(target.id) === turn) turns.delete(target.id)
      }
    },
    match(organisation, method, path) {
      const known = organisations.get(organisation)
      if (!known || known.functions.size + known.webhooks.size === 0) return null
      known.table ??= createRouteTable<HttpRouteTarget | WebhookRouteTarget>([
        ...[...known.functions.values()].flatMap(toHttpRoutes),
        ...[...known.webhooks.values()].flatMap(toWebhookRoutes),
      ])
      const match = known.table.match(method, path)
      return match && { ...match.value, params: match.params }
    },
    check(organisation, name, triggers, kind = "function") {
      const known = organisations.get(organisation)
      const decide: CheckRoutes = (declared) => checkRoutes({ kind, name }, triggers, declared)
      decide([
        ...[...(known?.functions.values() ?? [])].map(({ name, triggers: own }): RoutedTarget => {
          return { kind: "function", name, triggers: own.filter(({ type }) => type === "http") }
        }),
        ...[...(known?.webhooks.values() ?? [])]
          .flat()
          .map(({ target, configuration }): RoutedTarget => ({ ...target, triggers: [configuration] })),
      ])
      return decide
    },
  }
  return routing
}
