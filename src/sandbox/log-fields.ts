import type { LogFields } from "../model/invocation.ts"
import { isRecord } from "../util/is-record.ts"

const maxFields = 32
const maxKeyLength = 128
const maxTextLength = 1024

/** The fields of a line out of what the guest said; undefined where there are none that could be. */
export function toLogFields(given: unknown): LogFields | undefined {
  if (!isRecord(given)) return undefined
  const fields: [string, LogFields[string]][] = []
  for (const [name, value] of Object.entries(given)) {
    if (fields.length === maxFields) break
    if (name.length > maxKeyLength || name === "__proto__") continue
    if (typeof value === "string") fields.push([name, value.slice(0, maxTextLength)])
    else if (typeof value === "number" || typeof value === "boolean" || value === null) fields.push([name, value])
  }
  return fields.length === 0 ? undefined : Object.fromEntries(fields)
}

/** How many characters they have, about. */
export function sizeOfFields(fields: LogFields): number {
  let size = 0
  for (const [name, value] of Object.entries(fields)) size += name.length + String(value).length
  return size
}
