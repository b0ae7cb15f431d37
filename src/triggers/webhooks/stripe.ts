import type { CheckSignature } from "./delivery.ts"
import { hmacSha256, isAnySame } from "./hmac.ts"
import { checkTimestamp } from "./timestamp.ts"

/** The time that a signature is over, as it is written; null where there is none, or several. */
export function stripeTimeOf(headers: Headers): string | null {
  const { times } = readHeader(headers.get("stripe-signature") ?? "")
  return times.length === 1 ? (times[0] ?? null) : null
}

/**
 * `t=time,v1=signature`, with a further `v1` for each secret while they are rotated: the HMAC of `time.body` in
 * hexadecimal. Other schemes, such as the `v0` of test events, prove nothing and are passed over.
 */
export const checkStripe: CheckSignature = ({ headers, body }, rules) => {
  const header = headers.get("stripe-signature")
  if (!header) return "missing"
  const { times, signatures } = readHeader(header)
  const [time] = times
  // Of two times, one could be what was signed and the other what is young enough.
  if (time === undefined || times.length > 1) return "malformed"
  if (signatures.length === 0) return "missing"
  const untimely = checkTimestamp(time, rules)
  if (untimely) return untimely
  const expected = rules.secrets.map((secret) => hmacSha256(secret, `${time}.`, body).toString("hex"))
  return isAnySame(signatures, expected) ? null : "mismatch"
}

function readHeader(header: string): { readonly times: readonly string[]; readonly signatures: readonly string[] } {
  const times: string[] = []
  const signatures: string[] = []
  for (const part of header.split(",")) {
    const [scheme, value, ...more] = part.split("=")
    if (!value || more.length > 0) continue
    if (scheme === "t") times.push(value)
    if (scheme === "v1") signatures.push(value)
  }
  return { times, signatures }
}
