import type { CheckSignature } from "./delivery.ts"
import { hmacSha256, isAnySame } from "./hmac.ts"

/** `sha256=` and the HMAC of the body in hexadecimal. GitHub's older header with SHA-1 is not looked at. */
export const checkGithub: CheckSignature = ({ headers, body }, { secrets }) => {
  const signature = headers.get("x-hub-signature-256")
  if (!signature) return "missing"
  if (!/^sha256=[0-9a-f]{64}$/.test(signature)) return "malformed"
  const expected = secrets.map((secret) => `sha256=${hmacSha256(secret, body).toString("hex")}`)
  return isAnySame([signature], expected) ? null : "mismatch"
}
