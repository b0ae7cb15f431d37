import type { TriggerRecord } from "../../model/trigger.ts"
import type { TriggerStore } from "../../ports/trigger-storage.ts"

/** The active triggers of the organisations that use some, kept in memory. */
export interface ActiveTriggers {
  ofType(organisation: string, type: TriggerRecord["type"]): Promise<readonly TriggerRecord[]>
  /** What is stored of the organisation is read again before it is used. */
  forget(organisation: string): void
}

/** Other replicas change triggers too: what is this old is read again before it is used, since an event comes but once. */
const freshMs = 2000
const maxOrganisations = 1000

type ByType = ReadonlyMap<string, readonly TriggerRecord[]>

interface Known {
  readonly triggers: Promise<ByType>
  readonly readAt: number
}

/** Creates an index that reads an organisation's triggers when they are first asked for. */
export function createActiveTriggers(options: {
  readonly store: Pick<TriggerStore, "listActive">
  readonly now: () => number
}): ActiveTriggers {
  const { store, now } = options
  const organisations = new Map<string, Known>()

  async function read(organisation: string): Promise<ByType> {
    const byType = new Map<string, TriggerRecord[]>()
    for (const trigger of await store.listActive(organisation)) {
      const others = byType.get(trigger.type)
      if (others) others.push(trigger)
      else byType.set(trigger.type, [trigger])
    }
    return byType
  }

  function load(organisation: string): Known {
    const known: Known = { triggers: read(organisation), readAt: now() }
    organisations.delete(organisation)
    organisations.set(organisation, known)
    const [oldest] = organisations.keys()
    if (organisations.size > maxOrganisations && oldest !== undefined) organisations.delete(oldest)
    known.triggers.catch(() => {
      if (organisations.get(organisation) === known) organisations.delete(organisation)
    })
    return known
  }

  return {
    async ofType(organisation, type) {
      const known = organisations.get(organisation)
      const isFresh = known !== undefined && Math.abs(now() - known.readAt) <= freshMs
      const { triggers } = isFresh ? known : load(organisation)
      return (await triggers).get(type) ?? []
    },
    forget: (organisation) => void organisations.delete(organisation),
  }
}
