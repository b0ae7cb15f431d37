import { createHash } from "node:crypto"
import type { z } from "zod"
import { type ErrorIssue, FunctionsError } from "../../errors/functions-error.ts"
import { type CloudEvent, cloudEventSchema, newEventSchema } from "../../model/event.ts"
import type { Job, NewJob } from "../../model/job.ts"
import type { EventDelivery, PublishedEvent } from "../../model/published-event.ts"
import { readJson } from "../../util/read-json.ts"
import { findDataEventFaults } from "../data/data-event.ts"
import { deliveryStatus } from "../queue/delivery-status.ts"
import { readPayload, toPayload } from "../queue/payload.ts"

/** What makes the job of an event. */
export interface EventJobOptions {
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly newTraceId: () => string
  /** Of an event as JSON. */
  readonly maxBytes: number
  /** For how long a source and id are remembered. */
  readonly identityTtlMs: number
}

/** A job with the event that it delivers. */
export interface EventJob {
  readonly job: NewJob
  readonly event: CloudEvent
}

/** So often a delivery is tried. */
export const maxAttempts = 10

/**
 * Makes the job that delivers an event, filling in what the event lacks; `FN_006` where it is none, or too large. `place` is
 * where it stands among others.
 */
export function toEventJob(
  organisation: string,
  given: unknown,
  { now, newId, newTraceId, maxBytes, identityTtlMs }: EventJobOptions,
  place = "",
): EventJob {
  const parsed = newEventSchema.safeParse(given)
  if (!parsed.success) throw invalid(parsed.error, place)
  const at = now()
  const id = newId(at)
  const missing = { id, source: `inlay:${organisation}`, time: new Date(at).toISOString() }
  const event: CloudEvent = { specversion: "1.0", ...missing, ...parsed.data }
  const faults = findDataEventFaults(event)
  if (faults.length > 0)
    throw refuse(faults.map((fault) => ({ ...fault, path: [place, fault.path].filter(Boolean).join(".") })))
  const text = toJson(event, place)
  if (Buffer.byteLength(text) > maxBytes) throw refuse([{ path: place, message: `is larger than ${maxBytes} bytes` }])
  const job: NewJob = {
    id,
    organisation,
    kind: "event",
    target: event.type,
    // What is delivered again under another id fires nothing twice.
    payload: toPayload(id, text),
    priority: 0,
    weight: 1,
    runAt: at,
    deadlineAt: null,
    maxAttempts,
    traceId: newTraceId(),
    originId: null,
    flow: null,
    idempotency: event.id === id ? null : { key: identityOf(event), hash: "", until: at + identityTtlMs },
    leasedUntil: null,
    createdAt: at,
  }
  return { job, event: JSON.parse(text) }
}

/** The event of a job and the key under which it fires triggers; `FN_006` where somebody has made it something else. */
export function readEventJob({ payload }: Job): { readonly key: string; readonly event: CloudEvent } {
  const { reference, inputText } = readPayload(payload)
  const parsed = cloudEventSchema.safeParse(readJson(inputText, null))
  if (parsed.success) return { key: reference, event: parsed.data }
  throw invalid(parsed.error, "")
}

/** What stands for an event that cannot be read any more. */
const noEvent: CloudEvent = { specversion: "1.0", id: "", source: "", type: "" }

/** A job as the event that it delivers. */
export function toPublishedEvent(job: Job): PublishedEvent {
  const { id, organisation, status, result, error, attempts, createdAt, updatedAt } = job
  return {
    id,
    organisation,
    event: readJson(readPayload(job.payload).inputText, noEvent),
    status: deliveryStatus[status],
    ...(result !== null && readJson<Partial<EventDelivery>>(result, {})),
    ...(error && { error }),
    attempts,
    createdAt,
    updatedAt,
  }
}

/** No name of a function has a colon, so no other idempotency key is the same. */
function identityOf({ source, id }: CloudEvent): string {
  return `event:${createHash("sha256")
    .update(JSON.stringify([source, id]))
    .digest("hex")}`
}

function toJson(event: CloudEvent, place: string): string {
  try {
    return JSON.stringify(event)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw refuse([{ path: [place, "data"].filter(Boolean).join("."), message: `must be JSON: ${reason}` }])
  }
}

function invalid({ issues }: z.ZodError, place: string): FunctionsError {
  const toPath = (path: readonly PropertyKey[]) => [place, ...path.map(String)].filter(Boolean).join(".")
  return refuse(issues.map(({ path, message }) => ({ path: toPath(path), message })))
}

function refuse(issues: readonly ErrorIssue[]): FunctionsError {
  const [first] = issues
  return new FunctionsError("FN_006", `Cannot publish the event: ${first?.path || "it"} ${first?.message}.`, { issues })
}
