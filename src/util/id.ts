import { randomFillSync } from "node:crypto"

const poolBytes = 4096
const pool = Buffer.alloc(poolBytes)
let used = poolBytes

/** Takes `count` random bytes from a pool, because one call into the random source costs more than the bytes. */
function randomHex(count: number): string {
  if (used + count > poolBytes) {
    randomFillSync(pool)
    used = 0
  }
  used += count
  return pool.toString("hex", used - count, used)
}

/**
 * A new id: a UUID of version 7 (RFC 9562), so ids sort by time and 74 random bits make them unguessable.
 * It begins with a digit until the year 7544, so no function name can look like one.
 */
export function newId(nowMs: number): string {
  const time = nowMs.toString(16).padStart(12, "0")
  const random = randomHex(10)
  const variant = (8 + (Number.parseInt(random.charAt(3), 16) & 3)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`
}

/** A new W3C trace id: 16 random bytes in hexadecimal. */
export function newTraceId(): string {
  return randomHex(16)
}
