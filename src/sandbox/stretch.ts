import type { LogEntry } from "../model/invocation.ts"
import type { LoadedModule } from "../ports/runtime.ts"
import { parseRecord, toFailure, toJsonOutcome, tooManyOperations, toResponseOutcome } from "./outcome.ts"
import type { CallOutcome, GuestOperation } from "./protocol.ts"

const maxLogLines = 1000
const maxLogBytes = 256 * 1024
const maxLineLength = 16 * 1024
const maxOperations = 10_000
const levels = ["debug", "info", "warn", "error"] as const

/** What a module may read that differs between calls. */
export type Impurity = LoadedModule["impurities"][number]

/** What the guest did during one stretch: from an entry until it has nothing left to run. */
export class Stretch {
  readonly logs: LogEntry[] = []
  readonly operations: GuestOperation[] = []
  readonly impurities: Set<Impurity> = new Set()
  /** Set once; what comes after it is dropped. */
  outcome: CallOutcome | undefined
  loaded: Omit<LoadedModule, "impurities"> | undefined
  #logBytes = 0

  /** Takes one operation of the guest that answers nothing; false where it is not one of these. */
  take(op: string, text: string | undefined, bytes: Uint8Array | undefined): boolean {
    switch (op) {
      case "log":
        this.#log(text)
        return true
      case "done":
        this.outcome ??= toJsonOutcome(text)
        return true
      case "respond":
        this.outcome ??= toResponseOutcome(text, bytes)
        return true
      case "fail":
        this.outcome ??= toFailure(text)
        return true
      case "loaded":
        this.loaded ??= toLoaded(text)
        return true
      case "impure":
        this.#impure(text)
        return true
      case "timer":
      case "timer.cancel":
      case "fetch":
      case "fetch.abort":
        if (this.operations.length < maxOperations) this.operations.push({ op, text: text ?? "", bytes })
        else this.outcome ??= tooManyOperations
        return true
      default:
        return false
    }
  }

  #log(text: string | undefined): void {
    if (this.logs.length > maxLogLines || this.#logBytes > maxLogBytes) return
    const { level, message } = parseRecord(text)
    const line = typeof message === "string" ? message.slice(0, maxLineLength) : ""
    this.#logBytes += line.length
    const full = this.logs.length === maxLogLines || this.#logBytes > maxLogBytes
    this.logs.push(
      full
        ? { time: Date.now(), level: "warn", message: "Further output of this call was dropped." }
        : { time: Date.now(), level: levels.find((known) => known === level) ?? "info", message: line },
    )
  }

  #impure(text: string | undefined): void {
    if (text?.includes("randomness")) this.impurities.add("randomness")
    else if (text?.includes("environment")) this.impurities.add("environment")
    else this.impurities.add("clock")
  }
}

function toLoaded(text: string | undefined): Omit<LoadedModule, "impurities"> {
  const { exports, handler } = parseRecord(text)
  return {
    exports: Array.isArray(exports) ? exports.filter((name) => typeof name === "string").slice(0, 1000) : [],
    handler: handler === "function" || handler === "fetch" ? handler : "missing",
  }
}
