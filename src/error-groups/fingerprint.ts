import { createHash } from "node:crypto"
import type { InvocationRecord } from "../model/invocation.ts"
import { maskMessage } from "./mask-message.ts"

/** What a failure is told from others by. */
export interface Fingerprint {
  readonly id: string
  /** The message without what varies. */
  readonly message: string
}

const maxFrames = 5

/** The fingerprint of a failed call: its function, code, name, kind of message, and the functions and files on the way. */
export function toFingerprint(call: InvocationRecord, error: NonNullable<InvocationRecord["error"]>): Fingerprint {
  const message = maskMessage(error.message)
  return { id: hash([call.functionId, error.code, error.name, message, ...toFrames(error.stack)]), message }
}

/** Text of its own for each list of texts. */
export function hash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32)
}

/** The innermost ones. A line of code moves when another is written above it: neither it nor the column is of them. */
function toFrames(stack: string): readonly string[] {
  const frames: string[] = []
  for (const line of stack.split("\n")) {
    const text = line.trim()
    const frame = text.startsWith("at ") ? text.slice(3).trimStart() : ""
    if (frame !== "") frames.push(frame.replace(/:\d+(?::\d+)?(?=\)?$)/, ""))
    if (frames.length === maxFrames) break
  }
  return frames
}
