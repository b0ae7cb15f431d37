import type { Alert, AlertOccasion, AlertRule, AlertSilence } from "../model/alert.ts"
import type { AlertChange, AlertStore } from "../ports/alert-storage.ts"
import { isNamed } from "./name-pattern.ts"
import type { ToJobs } from "./notification.ts"
import { addRecent } from "./recent.ts"

/** What happened to one rule and one function or series since it was last written down. */
export interface Trouble {
  readonly organisation: string
  readonly rule: AlertRule
  readonly function: string | null
  readonly series: string | null
  readonly silences: readonly AlertSilence[]
  readonly count: number
  readonly first: number
  readonly last: AlertOccasion
}

/** Writes down what happened: opens an alert, or has the open one go on, and has it told. */
export interface Raise {
  /** Whatever was written down before, it has happened once more. */
  again(trouble: Trouble): Promise<void>
  /** Nothing, where the open alert has heard of that moment, which two processes may have looked at. */
  unlessKnown(trouble: Trouble, nextLookMs: number): Promise<void>
}

const defaultWithinMs = 300_000

/** Creates it. */
export function createRaise(options: {
  readonly store: Pick<AlertStore, "raise">
  readonly toJobs: ToJobs
  readonly changed: (alert: Alert) => void
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}): Raise {
  const { store, toJobs, changed, now, newId } = options

  async function raise(trouble: Trouble, toNext: (open: Alert | null) => AlertChange): Promise<void> {
    const { organisation, rule, function: name, series } = trouble
    changed(await store.raise({ organisation, ruleId: rule.id, function: name, series }, toNext))
  }

  /** What becomes of the open alert, or of a new one. */
  function toChange(trouble: Trouble, open: Alert | null, nextLookMs: number): AlertChange {
    const { organisation, rule, function: name, series, silences, last } = trouble
    const at = now()
    const { times, withinMs } = repetitionOf(rule)
    const before = open?.status === "pending" ? null : open
    const recent = before
      ? []
      : addRecent(open, { count: trouble.count, first: trouble.first, lastAt: last.at }, { times, withinMs })
    const count = recent.reduce((sum, one) => sum + one.count, before ? before.count + trouble.count : 0)
    const isSilent = silences.some(({ from, until }) => from <= at && at < until)
    const status = nextStatus(before, count >= times, isSilent)
    const isTold =
      status === "firing" &&
      (before?.notifiedAt === null || before === null || at - before.notifiedAt >= rule.repeatAfterMs)
    const alert: Alert = {
      organisation,
      id: open?.id ?? newId(at),
      rule: { id: rule.id, name: rule.name },
      function: name,
      series,
      labels: rule.labels,
      severity: rule.severity,
      status,
      condition: rule.condition,
      occasion: last,
      count,
      ...(status === "pending" && { recent }),
      notifications: (before?.notifications ?? 0) + (isTold ? 1 : 0),
      ...(before?.toldTo && { toldTo: before.toldTo }),
      firstAt: before?.firstAt ?? recent[0]?.at ?? trouble.first,
      lastAt: Math.max(last.at, before?.lastAt ?? 0),
      notifiedAt: isTold ? at : (before?.notifiedAt ?? null),
      resolvesAt: at + nextLookMs + (status === "pending" ? withinMs : rule.resolveAfterMs),
      acknowledgedAt: before?.acknowledgedAt ?? null,
      acknowledgedBy: before?.acknowledgedBy ?? null,
      resolvedAt: null,
      resolvedBy: null,
    }
    const reason = alert.notifications > 1 ? ("repeated" as const) : ("firing" as const)
    if (!isTold) return { alert, jobs: [] }
    const jobs = toJobs({ reason, alert, digest: null }, rule.channels)
    const told = [...(before?.toldTo ?? []), ...jobs.map(({ target }) => target)]
    // To whom one was told before that was written down, nobody knows.
    const isKnown = alert.notifications === 1 || before?.toldTo !== undefined
    return { alert: isKnown ? { ...alert, toldTo: [...new Set(told)] } : alert, jobs }
  }

  return {
    again: (trouble) => raise(trouble, (open) => toChange(trouble, open, 0)),
    unlessKnown: (trouble, nextLookMs) =>
      raise(trouble, (open) =>
        open && open.lastAt >= trouble.last.at ? { alert: open, jobs: [] } : toChange(trouble, open, nextLookMs),
      ),
  }
}

/** Those that cover the alerts of a rule about a function. */
export function silencesOf(
  silences: readonly AlertSilence[],
  ruleId: string,
  name: string | null,
): readonly AlertSilence[] {
  return silences.filter((silence) => (silence.ruleId ?? ruleId) === ruleId && isNamed(silence.function, name))
}

function repetitionOf({ condition }: AlertRule): { readonly times: number; readonly withinMs: number } {
  const isRepeated = "times" in condition || "withinMs" in condition
  const { times = 1, withinMs = defaultWithinMs } = isRepeated ? condition : {}
  return { times, withinMs }
}

function nextStatus(before: Alert | null, isEnough: boolean, isSilent: boolean): Alert["status"] {
  if (!isEnough) return "pending"
  if (before?.status === "acknowledged") return "acknowledged"
  return isSilent ? "suppressed" : "firing"
}
