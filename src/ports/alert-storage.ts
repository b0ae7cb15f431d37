import type { Alert, AlertRule, AlertSilence, AlertStatus } from "../model/alert.ts"
import type { NewJob } from "../model/job.ts"
import type { Page, PageRequest } from "../model/page.ts"

/** Which alerts to list. */
export interface AlertFilter {
  readonly status?: AlertStatus
  readonly function?: string
  readonly ruleId?: string
}

/** What becomes of an alert, and the jobs that tell of it. */
export interface AlertChange {
  readonly alert: Alert
  readonly jobs: readonly NewJob[]
}

/** Something to be looked at by one process at a time, at a set time: a rule about series, or a report that is to be sent. */
export interface AlertCheck {
  readonly organisation: string
  /** The id of the rule, or what tells a report from others. */
  readonly id: string
}

/** Rules, what they found, checks and silences. */
export interface AlertStore {
  /** MUST answer false, and change nothing, where another rule of the organisation has the name. */
  saveRule(rule: AlertRule): Promise<boolean>
  findRule(organisation: string, id: string): Promise<AlertRule | null>
  /** All of the organisation, sorted by id. */
  listRules(organisation: string): Promise<readonly AlertRule[]>
  removeRule(organisation: string, id: string): Promise<boolean>

  /**
   * Changes the open alert of a rule and a function or series, or opens one, in one transaction with the jobs of it. `change`
   * is given the open one, null where there is none, and what it answers is stored. MUST NOT run for one key twice at
   * a time: two processes that see the same trouble open one alert.
   */
  raise(
    key: {
      readonly organisation: string
      readonly ruleId: string
      readonly function: string | null
      readonly series: string | null
    },
    change: (open: Alert | null) => AlertChange,
  ): Promise<Alert>
  /**
   * The same for an alert by its id, which `change` may also remove. Null, and nothing is changed, where there is none or
   * `change` answers null.
   */
  change(
    organisation: string,
    id: string,
    change: (alert: Alert) => AlertChange | "remove" | null,
  ): Promise<Alert | null>
  find(organisation: string, id: string): Promise<Alert | null>
  /** Newest first, by id; the cursor is the last id. */
  list(organisation: string, filter: AlertFilter, page: PageRequest): Promise<Page<Alert>>
  /** Open alerts of all organisations, those first that resolve by themselves first. */
  listOpen(limit: number): Promise<readonly Alert[]>
  /** The open alerts of a rule, at most `limit`. */
  listOpenOf(organisation: string, ruleId: string, limit: number): Promise<readonly Alert[]>
  /** Removes what was resolved before then, of all organisations; answers how many. */
  expire(resolvedBefore: number, limit: number): Promise<number>

  /** Has checks be due at `dueAt` at the latest: adds those that are not there, and moves none to later. */
  wakeChecks(checks: readonly AlertCheck[], dueAt: number): Promise<void>
  /**
   * Takes checks that are due, the longest due first: each is then due again at `until`, so that another process takes it over
   * where this one dies. MUST NOT give one check to two who ask at once.
   */
  takeChecks(request: {
    readonly now: number
    readonly until: number
    readonly limit: number
  }): Promise<{ readonly checks: readonly AlertCheck[]; readonly nextAt: number | null }>
  /** Says when a check that was taken is due next; null removes it. Nothing happens where it is not due at `until` any more. */
  settleCheck(check: AlertCheck, until: number, dueAt: number | null): Promise<void>

  addSilence(silence: AlertSilence): Promise<void>
  /** Those that are not over, sorted by id. */
  listSilences(organisation: string, now: number): Promise<readonly AlertSilence[]>
  removeSilence(organisation: string, id: string): Promise<boolean>
}
