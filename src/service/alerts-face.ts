import type { SilenceInput } from "../alerts/silence.ts"
import type { Alert, AlertRule, AlertRuleInput, AlertSilence } from "../model/alert.ts"
import type { Page, PageInput } from "../model/page.ts"
import type { AlertFilter } from "../ports/alert-storage.ts"

/** Who should hear of what, and what they were told. `FN_001` where there is nothing of an id. */
export interface AlertsFace {
  readonly rules: {
    /** `FN_006` where the rule is not valid, or its name is taken. */
    create(rule: AlertRuleInput): Promise<AlertRule>
    /** The alert of a rule that is open goes on under the new one. */
    replace(id: string, rule: AlertRuleInput): Promise<AlertRule>
    /** All of them, in the order in which they were made. */
    list(): Promise<readonly AlertRule[]>
    get(id: string): Promise<AlertRule>
    /** Its open alerts resolve by themselves. */
    remove(id: string): Promise<void>
  }
  readonly silences: {
    /** What it covers is kept as `suppressed`, and told to nobody. */
    create(silence: SilenceInput): Promise<AlertSilence>
    /** Those that are not over. */
    list(): Promise<readonly AlertSilence[]>
    remove(id: string): Promise<void>
  }
  /** Newest first; `FN_006` where the status is none that alerts have. */
  list(filter?: AlertFilter, page?: PageInput): Promise<Page<Alert>>
  get(id: string): Promise<Alert>
  /** Somebody looks after it: it is not told again. `FN_006` where it is over. */
  acknowledge(id: string): Promise<Alert>
  /** It is over: what happens from now on opens another. */
  resolve(id: string): Promise<Alert>
}
