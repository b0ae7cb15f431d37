import { isRecord } from "../util/is-record.ts"
import { toDataTriggerSpelling } from "./data-trigger.ts"

/** Brings the spellings that authors know from other products into the schema's. */
export function toTriggerSpelling(trigger: unknown): unknown {
  if (!isRecord(trigger)) return trigger
  const { timeZone, ...result } = toDataTriggerSpelling(trigger)
  if (timeZone !== undefined) result.timezone ??= timeZone
  if (typeof result.auth === "boolean") result.auth = result.auth ? "required" : "none"
  if (typeof result.path === "string") {
    result.path = result.path.replace(/\{[A-Za-z_]\w*\+\}$/, "*").replace(/\{([A-Za-z_]\w*)\}/g, ":$1")
  }
  for (const key of ["method", "methods"]) {
    const value = result[key]
    if (typeof value === "string") result[key] = value.toUpperCase()
    if (Array.isArray(value)) result[key] = value.map((each) => (typeof each === "string" ? each.toUpperCase() : each))
  }
  if (typeof result.methods === "string") result.methods = [result.methods]
  return result
}
