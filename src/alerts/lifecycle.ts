import { FunctionsError } from "../errors/functions-error.ts"
import { notFound } from "../errors/not-found.ts"
import type { Alert } from "../model/alert.ts"
import type { AlertStore } from "../ports/alert-storage.ts"
import type { ToJobs } from "./notification.ts"
import type { Rules } from "./rules.ts"

/** How alerts go on once they were opened. */
export interface Lifecycle {
  /** `FN_001` where there is none. */
  get(organisation: string, id: string): Promise<Alert>
  /** `FN_006` where it is over. */
  acknowledge(organisation: string, id: string, actor: string): Promise<Alert>
  /** Somebody says that it is over. */
  resolve(organisation: string, id: string, actor: string): Promise<Alert>
  /** It is over by itself, unless something has happened meanwhile; one that never fired is forgotten. */
  resolveIfDue(alert: Alert): Promise<void>
  /** It is over by itself, because what it was about is. */
  resolveNow(alert: Alert): Promise<void>
}

/** Creates it. */
export function createLifecycle(options: {
  readonly store: Pick<AlertStore, "change" | "find">
  readonly rules: Pick<Rules, "find">
  readonly toJobs: ToJobs
  readonly channels: { has(name: string): boolean }
  readonly changed: (alert: Alert) => void
  readonly now: () => number
}): Lifecycle {
  const { store, rules, toJobs, channels, changed, now } = options

  async function get(organisation: string, id: string): Promise<Alert> {
    const alert = await store.find(organisation, id)
    if (!alert) throw notFound("alert", id)
    return alert
  }

  async function end(
    { organisation, id, ruleId }: { readonly organisation: string; readonly id: string; readonly ruleId: string },
    actor: string | null,
    isOver: (alert: Alert, at: number) => boolean,
  ): Promise<Alert | null> {
    const wanted = (await rules.find(organisation, ruleId))?.channels ?? null
    const ended = await store.change(organisation, id, (alert) => {
      const at = now()
      if (alert.status === "resolved" || !isOver(alert, at)) return null
      if (actor === null && alert.status === "pending") return "remove"
      const over = { status: "resolved" as const, resolvedAt: at, resolvedBy: actor, resolvesAt: null }
      const { recent: _, ...present } = alert
      const resolved = { ...present, ...over }
      return {
        alert: resolved,
        jobs:
          alert.notifications > 0
            ? toJobs({ reason: "resolved", alert: resolved, digest: null }, hearers(alert, wanted))
            : [],
      }
    })
    if (ended) changed(ended)
    return ended
  }

  /**
   * The rule may have been changed or removed: who heard of the beginning hears of the end, and nobody else. Where the host has
   * none of them any more, such as after it has renamed a channel, it is whom the rule means.
   */
  function hearers({ toldTo }: Alert, wanted: readonly string[] | null): readonly string[] | null {
    if (toldTo === undefined) return wanted
    return toldTo.length === 0 || toldTo.some((name) => channels.has(name)) ? toldTo : wanted
  }

  const keyOf = ({ organisation, id, rule }: Alert) => ({ organisation, id, ruleId: rule.id })

  return {
    get,
    async acknowledge(organisation, id, actor) {
      const { status } = await get(organisation, id)
      if (status === "resolved") throw new FunctionsError("FN_006", "Cannot acknowledge the alert: it is over.")
      const alert = await store.change(organisation, id, ({ recent: _, ...present }) => {
        if (present.status === "resolved" || present.status === "acknowledged") return null
        return {
          alert: { ...present, status: "acknowledged", acknowledgedAt: now(), acknowledgedBy: actor },
          jobs: [],
        }
      })
      if (!alert) return await get(organisation, id)
      changed(alert)
      return alert
    },
    async resolve(organisation, id, actor) {
      const alert = await get(organisation, id)
      return (await end(keyOf(alert), actor, () => true)) ?? (await get(organisation, id))
    },
    async resolveIfDue(alert) {
      await end(keyOf(alert), null, ({ resolvesAt }, at) => (resolvesAt ?? 0) <= at)
    },
    async resolveNow(alert) {
      await end(keyOf(alert), null, () => true)
    },
  }
}
