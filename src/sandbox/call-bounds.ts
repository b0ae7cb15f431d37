import type { LogEntry } from "../model/invocation.ts"
import { sizeOfFields } from "./log-fields.ts"
import { outputLimits } from "./output-limits.ts"

/** What one call may write. */
export interface CallBounds {
  /** Bytes of the answer. */
  readonly maxOutputBytes: number
  readonly maxLogLines: number
  /** Characters of all lines together. */
  readonly maxLogBytes: number
}

/** What a call may where the host says nothing else. */
export const defaultBounds: CallBounds = {
  maxOutputBytes: outputLimits.maxBytes,
  maxLogLines: 1000,
  maxLogBytes: 256 * 1024,
}

/** The lines that a call writes, as many as it may. */
export class BoundedLog {
  readonly entries: LogEntry[] = []
  readonly #bounds: CallBounds
  #bytes = 0

  constructor(bounds: CallBounds) {
    this.#bounds = bounds
  }

  /** Adds a line; in the place of the first that is too much it says that more was dropped. */
  add(entry: LogEntry): void {
    const { maxLogLines, maxLogBytes } = this.#bounds
    if (this.entries.length > maxLogLines || this.#bytes > maxLogBytes) return
    this.#bytes += entry.message.length + (entry.fields === undefined ? 0 : sizeOfFields(entry.fields))
    const full = this.entries.length === maxLogLines || this.#bytes > maxLogBytes
    this.entries.push(
      full ? { time: entry.time, level: "warn", message: "Further output of this call was dropped." } : entry,
    )
  }
}
