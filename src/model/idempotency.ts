import { createHash } from "node:crypto"
import stringify from "fast-json-stable-stringify"
import type { FunctionsError } from "../errors/functions-error.ts"
import { type Idempotency, longestMs } from "./job.ts"

/** How a caller says that it asks for the same as before. */
export interface IdempotencyOptions {
  /** What is asked for again with this key is the same: nothing is added. `FN_006` where its input is another. */
  readonly idempotencyKey?: string
  /** For how long the key counts, in milliseconds. @default 86400000 */
  readonly idempotencyTtlMs?: number
}

const dayMs = 86_400_000

/**
 * What a job is known by; null where it has no key. `toKey` sets the keys of different callers apart, `content` is what has
 * to be the same, whatever the order of the keys in its JSON, `refuse` makes the error for what is no key.
 */
export function toIdempotency(
  { idempotencyKey: key, idempotencyTtlMs: ttlMs = dayMs }: IdempotencyOptions,
  {
    toKey,
    content,
    at,
    refuse,
  }: {
    readonly toKey: (key: string) => string
    readonly content: AskedContent
    /** Epoch milliseconds. */
    readonly at: number
    readonly refuse: (path: string, message: string) => FunctionsError
  },
): Idempotency | null {
  if (key === undefined) return null
  if (typeof key !== "string" || key.length === 0 || key.length > 255) {
    throw refuse("idempotencyKey", "must have 1 to 255 characters")
  }
  if (!(typeof ttlMs === "number" && ttlMs > 0 && ttlMs <= longestMs))
    throw refuse("idempotencyTtlMs", "must be milliseconds, more than 0")
  const { before = "", json } = content
  const hash = toHash(before + toCanonical(json))
  const formerHash = toHash(before + json)
  return { key: toKey(key), hash, until: at + ttlMs, ...(formerHash !== hash && { formerHash }) }
}

/** What is asked for: JSON text, with what else has to be the same before it. */
export interface AskedContent {
  readonly before?: string
  readonly json: string
}

/** Whether the hash that is kept for a key is that of what is asked for now. */
export function isSame({ hash, formerHash }: Idempotency, kept: string | null): boolean {
  return kept !== null && (kept === hash || kept === formerHash)
}

/** One text for all that say the same; another than JSON, or one that is too deep for that, stays as it is. */
function toCanonical(json: string): string {
  try {
    return stringify(JSON.parse(json))
  } catch {
    return json
  }
}

/** SHA-256, in hexadecimal. */
export function toHash(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}
