import type { Alert } from "../model/alert.ts"
import type { Digest } from "../model/digest.ts"
import type { NewJob } from "../model/job.ts"
import type { RetryPolicy } from "../model/retry.ts"
import type { AlertNotification, NotificationReason, NotificationSubject } from "../ports/notifier.ts"
import { newTraceId } from "../util/id.ts"
import { type Channel, deliverableAt, hearsOf, isMeant } from "./channel.ts"
import { digestLines, digestTitle } from "./digest/digest-text.ts"
import { linesOf } from "./finding-lines.ts"
import { iso } from "./iso.ts"
import { jobId } from "./job-id.ts"

/** Tries go on for some eight hours, no more than ten minutes apart; then it is a dead letter. */
export const notificationRetry: RetryPolicy = { attempts: 100, delay: 1, maxDelay: 600, factor: 2 }

/** What makes the jobs that tell of something; `alert` is as it is then. */
export type ToJobs = (subject: NotificationSubject, channels: readonly string[] | null) => readonly NewJob[]

/** Makes it: one job for each channel that is meant. */
export function createToJobs({
  channels,
  now,
  newId,
}: {
  readonly channels: ReadonlyMap<string, Channel>
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}): ToJobs {
  return (subject, wanted) => {
    const { reason, alert, digest } = subject
    const createdAt = now()
    const text = JSON.stringify(subject)
    const { organisation } = alert ?? digest
    return [...channels].flatMap(([name, channel]): readonly NewJob[] => {
      const isChosen = wanted === null && (alert ? isMeant(channel, alert) : hearsOf(channel, organisation))
      if (!isChosen && wanted?.includes(name) !== true) return []
      if (reason === "resolved" && channel.resolved === false) return []
      return [
        {
          id: alert ? jobOf(alert, reason, name) : newId(createdAt),
          organisation,
          kind: "notification",
          target: name,
          // As other jobs have it: a reference, and what it is about.
          payload: `${name}\n${text}`,
          priority: 0,
          weight: 1,
          runAt: deliverableAt(channel, alert?.severity ?? "low", createdAt),
          deadlineAt: null,
          maxAttempts: notificationRetry.attempts,
          traceId: alert?.occasion.traceId ?? newTraceId(),
          originId: null,
          flow: null,
          idempotency: null,
          leasedUntil: null,
          createdAt,
        },
      ]
    })
  }
}

/** The job that tells a channel of an alert, by why it does; `told` is which time it is told that it is not over. */
function jobOf(
  { organisation, id, firstAt, notifications }: Alert,
  reason: NotificationReason,
  channel: string,
  told: number = notifications,
): string {
  return jobId(firstAt, [organisation, id, channel, reason === "resolved" ? reason : String(told)])
}

/**
 * The jobs that told the channel of the alert before, the last one first; none for what is told first. An alert that is over
 * must not be told after its end.
 */
export function* jobsBefore({ alert, reason }: NotificationSubject, channel: string): Generator<string> {
  if (!alert) return
  const last = reason === "resolved" ? alert.notifications : alert.notifications - 1
  for (let told = last; told > 0; told--) yield jobOf(alert, "repeated", channel, told)
}

/** Reads what a job carries; throws where that is no such thing, as what somebody has changed may be. */
export function toNotification(id: string, payload: string): AlertNotification {
  const subject = JSON.parse(payload.slice(payload.indexOf("\n") + 1)) as NotificationSubject
  const { title, lines } = subject.alert ? tellAlert(subject.alert, subject.reason) : tellDigest(subject.digest)
  return { ...subject, id, title: oneLine(title), lines: lines.map(oneLine) }
}

interface Text {
  readonly title: string
  readonly lines: readonly string[]
}

function tellDigest(digest: Digest): Text {
  return { title: digestTitle(digest), lines: digestLines(digest) }
}

function tellAlert(alert: Alert, reason: NotificationReason): Text {
  const { occasion, severity, count, firstAt, lastAt } = alert
  const times = count === 1 ? "once" : `${count} times since ${iso(firstAt)}`
  return {
    title: `${headlines[reason]} [${severity}] ${alert.rule.name}${alert.function ? `: ${alert.function}` : ""}`,
    lines: [
      occasion.message,
      ...(occasion.finding ? linesOf(occasion.finding) : []),
      `Happened ${times}, last at ${iso(lastAt)}.`,
      `Rule: ${alert.rule.name}`,
      ...optional("Function", alert.function),
      `Organisation: ${alert.organisation}`,
      `Severity: ${severity}`,
      ...optional("Call", occasion.invocationId),
      ...optional("Trace", occasion.traceId),
      `Alert: ${alert.id}`,
    ],
  }
}

function optional(name: string, value: string | null): readonly string[] {
  return value === null ? [] : [`${name}: ${value}`]
}

const headlines: Readonly<Record<NotificationReason, string>> = {
  firing: "Alert",
  repeated: "Alert goes on",
  resolved: "Resolved",
}

/** Texts come from functions too: none of their line breaks, terminal escapes, turns of direction or halves of characters goes on. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, " ").replace(/\p{Cs}/gu, "\ufffd")
}
