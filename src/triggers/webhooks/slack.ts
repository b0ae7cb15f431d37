import type { CheckSignature } from "./delivery.ts"
import { hmacSha256, isAnySame } from "./hmac.ts"
import { checkTimestamp } from "./timestamp.ts"

/** `v0=` and the HMAC of `v0:time:body` in hexadecimal. */
export const checkSlack: CheckSignature = ({ headers, body }, rules) => {
  const signature = headers.get("x-slack-signature")
  const time = headers.get("x-slack-request-timestamp")
  if (!signature || !time) return "missing"
  if (!/^v0=[0-9a-f]{64}$/.test(signature)) return "malformed"
  const untimely = checkTimestamp(time, rules)
  if (untimely) return untimely
  const expected = rules.secrets.map((secret) => `v0=${hmacSha256(secret, `v0:${time}:`, body).toString("hex")}`)
  return isAnySame([signature], expected) ? null : "mismatch"
}
