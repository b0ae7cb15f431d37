import { createHmac, timingSafeEqual } from "node:crypto"

/** HMAC with SHA-256 over the parts, one after the other. */
export function hmacSha256(key: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac("sha256", key)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

/** Whether two texts are the same, in a time that tells only of their lengths. */
function isSameText(one: string, other: string): boolean {
  const oneBytes = Buffer.from(one)
  const otherBytes = Buffer.from(other)
  return oneBytes.length === otherBytes.length && timingSafeEqual(oneBytes, otherBytes)
}

/** Whether any of the signatures is one of those expected. All are compared, whichever fits. */
export function isAnySame(signatures: readonly string[], expected: readonly string[]): boolean {
  let found = false
  for (const one of signatures) {
    for (const other of expected) found = isSameText(one, other) || found
  }
  return found
}
