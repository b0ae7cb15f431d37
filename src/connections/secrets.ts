import { createHash, randomBytes, timingSafeEqual } from "node:crypto"

/** 32 random bytes as text that may stand in an address. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url")
}

/** SHA-256 as hexadecimal digits. */
export function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}

/** Whether two hashes are the same, in a time that says nothing of where they differ. */
export function isSameHash(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
