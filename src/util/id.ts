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

const counterEnd = 0x1000
/** How far ids may run ahead of the clock, in milliseconds, where more are asked for than a millisecond has. */
const maxAheadMs = 100
let lastMs = 0
let counter = 0

/** The next moment of the order: the clock's millisecond, or the one after it once its ids are used up, and a count. */
function tick(nowMs: number): void {
  if (nowMs > lastMs || nowMs < lastMs - maxAheadMs) {
    lastMs = nowMs
    // A random start, in the lower half, says nothing of how many ids there have been.
    counter = Number.parseInt(randomHex(2), 16) % (counterEnd / 2)
  } else if (++counter === counterEnd) {
    lastMs += 1
    counter = 0
  }
}

/**
 * A new id: a UUID of version 7 (RFC 9562) with a counter in `rand_a` (section 6.2, method 1), so the ids of a process
 * sort in the order in which they were made, and 62 random bits make them unguessable.
 * It begins with a digit until the year 7544, so no function name can look like one.
 */
export function newId(nowMs: number): string {
  tick(nowMs)
  const time = lastMs.toString(16).padStart(12, "0")
  const count = counter.toString(16).padStart(3, "0")
  const random = randomHex(8)
  const variant = (8 + (Number.parseInt(random.charAt(0), 16) & 3)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}${random.slice(1, 4)}-${random.slice(4)}`
}

/** A new W3C span id: 8 random bytes in hexadecimal. */
export function newSpanId(): string {
  return randomHex(8)
}

/** The span id of what has an id of its own: the random end of that, which no other has. */
export function toSpanId(id: string): string {
  return id.slice(19, 23) + id.slice(24)
}

/**
 * A new W3C trace id in hexadecimal: the second of the latest id, and 12 random bytes. What is indexed by it is then added
 * at the index's end, and not all over it; samplers look at the random end.
 */
export function newTraceId(): string {
  const second = Math.max(0, Math.floor(lastMs / 1000)) % 0x1_0000_0000
  return second.toString(16).padStart(8, "0") + randomHex(12)
}
