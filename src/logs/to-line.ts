import type { InvocationRecord, LogFields } from "../model/invocation.ts"
import type { LogLine } from "../model/log.ts"
import { toIdTime } from "../util/log-id.ts"
import { neutralise } from "../util/neutralise.ts"

/** A line of a call: the call, which has ended, and the line's place in its log. */
export interface CallLine {
  readonly call: InvocationRecord
  readonly index: number
}

/** What the time takes of an invocation's id, with its hyphens. */
const timeOfUuid = 14

/** The line as it is kept. The same line always has the same id. */
export function toLine({ call, index }: CallLine): LogLine {
  const entry = call.logs[index]
  if (entry === undefined) throw new RangeError(`Cannot read line ${index}: the call wrote ${call.logs.length}.`)
  const place = index.toString(16).padStart(6, "0")
  return {
    organisation: call.organisation,
    id: `${toIdTime(entry.time)}-${call.id.slice(timeOfUuid)}-${place}`,
    time: entry.time,
    level: entry.level,
    message: neutralise(entry.message),
    fields: entry.fields === undefined ? {} : toSafeFields(entry.fields),
    functionId: call.functionId,
    functionName: call.name,
    version: call.version,
    invocationId: call.id,
    traceId: call.traceId,
  }
}

function toSafeFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      neutralise(name),
      typeof value === "string" ? neutralise(value) : value,
    ]),
  )
}
