import { DeliveryError } from "../errors/delivery-error.ts"
import { beginAttempt } from "../model/attempt.ts"
import type { InvocationError } from "../model/invocation.ts"
import type { Job } from "../model/job.ts"
import { backoffMs } from "../model/retry.ts"
import type { HttpClient } from "../ports/http-client.ts"
import type { AlertNotification } from "../ports/notifier.ts"
import type { DoJob, Queue } from "../ports/queue.ts"
import type { Channel } from "./channel.ts"
import { jobsBefore, notificationRetry, toNotification } from "./notification.ts"

/** How long one try may take. */
const tryMs = 30_000

/** How soon to look again whether the notification before has come to its end. */
const lookAgainMs = 1000

/** How many of those that failed are looked behind: an alert may have been told for weeks. */
const maxLooks = 100

/**
 * Makes what does the job of a notification: it tells its channel, and tries again until that has taken it. Those of one alert go in their
 * order: the end of an alert waits for its beginning.
 */
export function createDeliver({
  channels,
  queue,
  http,
  now,
  random,
}: {
  readonly channels: ReadonlyMap<string, Channel>
  readonly queue: Pick<Queue, "find">
  readonly http: HttpClient
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
}): DoJob {
  /** The job, or what does it again. */
  async function findLatest(organisation: string, id: string): Promise<Job | null> {
    const job = await queue.find(organisation, id)
    return job?.replayedAs == null ? job : ((await findLatest(organisation, job.replayedAs)) ?? job)
  }

  /** One of the notifications before that is still to come. */
  async function findBefore({ organisation, target }: Job, notification: AlertNotification): Promise<Job | null> {
    let looks = 0
    for (const id of jobsBefore(notification, target)) {
      const before = await findLatest(organisation, id)
      // That one has waited for those before it. One that failed, or is not there, says nothing of them.
      if (before?.status === "succeeded" || ++looks > maxLooks) return null
      if (before && before.status !== "failed" && before.status !== "cancelled") return before
    }
    return null
  }

  return async ({ job }, signal) => {
    const ended = beginAttempt(job, now)
    const notification = readNotification(job)
    if (notification === undefined) {
      const error = toError(job.target, new Error("what it is to be told cannot be read."))
      return { outcome: "failed", error, attempt: ended(error) }
    }
    const before = await findBefore(job, notification)
    if (before) return { outcome: "again", runAt: Math.max(now(), before.runAt) + lookAgainMs, attempt: null }
    try {
      const channel = channels.get(job.target)
      if (!channel) throw new DeliveryError(`the host has no channel "${job.target}".`)
      const within = AbortSignal.any([signal, AbortSignal.timeout(tryMs)])
      await channel.notifier.notify(notification, { http, signal: within, now })
      return { outcome: "succeeded", result: null, attempt: ended() }
    } catch (cause) {
      if (signal.aborted) return { outcome: "again", runAt: now(), attempt: null }
      const error = toError(job.target, cause)
      const isFinal = cause instanceof DeliveryError && cause.final
      if (isFinal || job.attempt >= job.maxAttempts) return { outcome: "failed", error, attempt: ended(error) }
      const asked = cause instanceof DeliveryError ? (cause.retryAfterMs ?? 0) : 0
      const wait = Math.max(backoffMs(notificationRetry, job.attempt, random()), Math.min(asked, 86_400_000))
      return { outcome: "again", runAt: now() + wait, attempt: ended(error) }
    }
  }
}

function readNotification({ id, payload }: Job): AlertNotification | undefined {
  try {
    return toNotification(id, payload)
  } catch {
    return undefined
  }
}

function toError(channel: string, cause: unknown): InvocationError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `Cannot tell channel "${channel}" of an alert: ${why}`.slice(0, 2000)
  return { code: "FN_008", name: "DeliveryError", message, stack: "" }
}
