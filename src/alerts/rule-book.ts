import type { AlertRule, AlertSilence } from "../model/alert.ts"
import type { AlertStore } from "../ports/alert-storage.ts"

/** What holds for an organisation. */
export interface RulesInForce {
  readonly rules: readonly AlertRule[]
  readonly silences: readonly AlertSilence[]
}

/** Rules and silences of the organisations that have calls, kept in memory: every call is held against them. */
export interface RuleBook {
  /** What is known without a wait; undefined where it has to be read first. */
  peek(organisation: string): RulesInForce | undefined
  /**
   * Where they cannot be read, those that were known before hold on for some seconds; undefined where none were: ask again
   * after `againMs`.
   */
  read(organisation: string): Promise<RulesInForce | undefined>
  /** What is stored of the organisation is read again before it is used. */
  forget(organisation: string): void
}

/** Other replicas change rules too: what is this old is read again before it is used. */
const freshMs = 30_000
/** Calls go on while the storage does not answer: it is not asked, and the failure not told, for each of them. */
export const againMs: number = 5000
const maxOrganisations = 10_000

interface Known {
  reading: Promise<RulesInForce | undefined>
  inForce?: RulesInForce
  freshUntil: number
}

/** Creates an empty one. */
export function createRuleBook({
  store,
  now,
  onError,
}: {
  readonly store: Pick<AlertStore, "listRules" | "listSilences">
  readonly now: () => number
  readonly onError: (error: unknown, context: { readonly stage: "alerts" }) => void
}): RuleBook {
  const organisations = new Map<string, Known>()

  async function load(organisation: string): Promise<RulesInForce> {
    const [rules, silences] = await Promise.all([
      store.listRules(organisation),
      store.listSilences(organisation, now()),
    ])
    return { rules: rules.filter(({ enabled }) => enabled), silences }
  }

  function fresh(organisation: string): Known | undefined {
    const known = organisations.get(organisation)
    return known && now() < known.freshUntil && now() >= known.freshUntil - freshMs ? known : undefined
  }

  async function keep(
    organisation: string,
    known: Known,
    before: RulesInForce | undefined,
  ): Promise<RulesInForce | undefined> {
    try {
      known.inForce = await load(organisation)
    } catch (error) {
      onError(error, { stage: "alerts" })
      if (before) known.inForce = before
      known.freshUntil = now() + againMs
    }
    return known.inForce
  }

  return {
    peek: (organisation) => fresh(organisation)?.inForce,
    read(organisation) {
      const present = fresh(organisation)
      if (present) return present.reading
      const before = organisations.get(organisation)?.inForce
      const known: Known = { reading: Promise.resolve(undefined), freshUntil: now() + freshMs }
      known.reading = keep(organisation, known, before)
      organisations.delete(organisation)
      organisations.set(organisation, known)
      const [oldest] = organisations.keys()
      if (organisations.size > maxOrganisations && oldest !== undefined) organisations.delete(oldest)
      return known.reading
    },
    forget: (organisation) => void organisations.delete(organisation),
  }
}
