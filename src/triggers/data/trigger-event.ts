import type { CloudEvent } from "../../model/event.ts"
import type { Trigger } from "../../model/trigger-declaration.ts"
import { isRecord } from "../../util/is-record.ts"
import { dataEventTypes } from "./data-event.ts"

/** What a function gets of a change that its trigger asked for. */
export interface DataTriggerEvent {
  readonly type: "database" | "storage" | "auth"
  /** The document, the file or the user; of what was deleted, as it was. */
  readonly data: unknown
  /** The document as it was before an update or a deletion. */
  readonly before?: unknown
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What a trigger makes of an event; null where it did not ask for it. */
export function toTriggerEvent(trigger: Trigger, event: CloudEvent): DataTriggerEvent | null {
  switch (trigger.type) {
    case "database": {
      const operation = operationOf(dataEventTypes.document, trigger.operations, event)
      if (operation === null || !isRecord(event.data)) return null
      const { collection, id, document, before } = event.data
      if (collection !== trigger.collection) return null
      const metadata = { operation, collection, id, ...metadataOf(event) }
      return { type: "database", data: document, ...(before !== undefined && { before }), metadata }
    }
    case "storage": {
      const operation = operationOf(dataEventTypes.file, trigger.operations, event)
      if (operation === null || !isRecord(event.data)) return null
      const { bucket, path } = event.data
      if (bucket !== trigger.bucket || !String(path).startsWith(trigger.prefix ?? "")) return null
      return { type: "storage", data: event.data, metadata: { operation, bucket, path, ...metadataOf(event) } }
    }
    case "auth": {
      const operation = operationOf(dataEventTypes.user, trigger.operations, event)
      if (operation === null) return null
      return { type: "auth", data: event.data, metadata: { operation, ...metadataOf(event) } }
    }
    default:
      return null
  }
}

/** Which of the operations that a trigger asks for an event tells of; null where it is none of them. */
function operationOf(
  types: Readonly<Record<string, string>>,
  wanted: readonly string[] | undefined,
  { type }: CloudEvent,
): string | null {
  const operation = Object.keys(types).find((one) => types[one] === type)
  return operation !== undefined && (wanted?.includes(operation) ?? true) ? operation : null
}

function metadataOf({ id, source, subject, time }: CloudEvent): Readonly<Record<string, unknown>> {
  return { eventId: id, source, ...(subject !== undefined && { subject }), time }
}
