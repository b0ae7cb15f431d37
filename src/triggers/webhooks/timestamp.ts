import type { Refusal, SignatureRules } from "./delivery.ts"

/** Checks whole seconds since 1970 as senders write them; null where they are within the tolerance. */
export function checkTimestamp(text: string, { now, toleranceSeconds }: SignatureRules): Refusal | null {
  if (!/^\d{1,12}$/.test(text)) return "malformed"
  return Math.abs(Math.floor(now / 1000) - Number(text)) > toleranceSeconds ? "stale" : null
}
