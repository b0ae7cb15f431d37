import type { NewPoint } from "../../model/metrics.ts"
import type { LoadedModule, RuntimeOutput } from "../../ports/runtime.ts"
import {
  ended,
  toFailure,
  toJsonOutcome,
  tooLargeOperations,
  tooManyOperations,
  toResponseOutcome,
} from "../call/outcome.ts"
import { maxValues, readValue } from "../call/values.ts"
import { BoundedLog, type CallBounds } from "../call-bounds.ts"
import { toLogFields } from "../log-fields.ts"
import { boundOperation } from "../operations/operation-limits.ts"
import { parseRecord } from "../parse-record.ts"
import type { CallOutcome, GuestOperation, StretchCost } from "../protocol.ts"

const maxLineLength = 16 * 1024
const maxOperations = 10_000
/** The host holds what operations carry until they are performed. */
const maxOperationBytes = 64 * 1024 * 1024
/** Bytes are handed over, text is copied on the main thread. */
const textWeight = 4
const levels = ["debug", "info", "warn", "error"] as const

/** What a module may read that differs between calls. */
export type Impurity = LoadedModule["impurities"][number]

/** What the guest did during one stretch: from an entry until it has nothing left to run. */
export class Stretch {
  readonly log: BoundedLog
  readonly operations: GuestOperation[] = []
  readonly impurities: Set<Impurity> = new Set()
  /** Set once; what comes after it is dropped. */
  outcome: CallOutcome | undefined
  loaded: Pick<LoadedModule, "exports" | "handler"> | undefined
  /** Takes an answer that comes before the call's end. */
  onAnswer: ((output: RuntimeOutput, streamed: boolean) => void) | undefined
  readonly #values: Required<NewPoint>[] = []
  #operationBytes = 0
  readonly #bounds: CallBounds
  readonly #standsAt: number | undefined

  /** `standsAt` is the time that its log shows. @default the machine's */
  constructor(bounds: CallBounds, standsAt?: number) {
    this.#bounds = bounds
    this.#standsAt = standsAt
    this.log = new BoundedLog(bounds)
  }

  /** What it wrote and measured. */
  get written(): Pick<StretchCost, "logs" | "values"> {
    const logs = this.log.entries
    return this.#values.length === 0 ? { logs } : { logs, values: this.#values }
  }

  /** Takes one operation of the guest and gives its answer, mostly none; false where it is not one of these. */
  take(op: string, text: string | undefined, bytes: Uint8Array | undefined): string | undefined | false {
    switch (op) {
      case "measure":
        return this.#measure(text)
      case "log":
        this.#log(text)
        return undefined
      case "done":
        this.outcome ??= toJsonOutcome(text, this.#bounds.maxOutputBytes)
        return undefined
      case "respond":
        this.outcome ??= toResponseOutcome(text, bytes, this.#bounds.maxOutputBytes)
        return undefined
      case "answer.done":
        this.#answer(toJsonOutcome(text, this.#bounds.maxOutputBytes), false)
        return undefined
      case "answer.respond":
        this.#answer(toResponseOutcome(text, bytes, this.#bounds.maxOutputBytes), parseRecord(text).streamed === true)
        return undefined
      case "end":
        this.outcome ??= ended
        return undefined
      case "fail":
        this.outcome ??= toFailure(text)
        return undefined
      case "loaded":
        this.loaded ??= toLoaded(text)
        return undefined
      case "impure":
        this.#impure(text)
        return undefined
      case "timer":
      case "timer.cancel":
      case "chunk":
      case "fetch":
      case "fetch.abort":
      case "fetch.pipe":
      case "fetch.read":
      case "fetch.send":
      case "capability":
      case "subtle":
      case "codec":
      case "codec.drop":
        this.#begin({ op, text: text ?? "", bytes })
        return undefined
      default:
        return false
    }
  }

  #answer(outcome: CallOutcome, streamed: boolean): void {
    if (outcome.ok) this.onAnswer?.(outcome.output, streamed)
    else this.outcome ??= outcome
  }

  #begin(operation: GuestOperation): void {
    this.#operationBytes += textWeight * operation.text.length + (operation.bytes?.length ?? 0)
    if (this.#operationBytes > maxOperationBytes) this.outcome ??= tooLargeOperations
    else if (this.operations.length >= maxOperations) this.outcome ??= tooManyOperations
    else {
      const bounded = boundOperation(operation)
      if (bounded) this.operations.push(bounded)
    }
  }

  #log(text: string | undefined): void {
    const { level, message, fields: given } = parseRecord(text)
    const line = typeof message === "string" ? message.slice(0, maxLineLength) : ""
    const time = this.#standsAt ?? Date.now()
    const fields = toLogFields(given)
    const entry = { time, level: levels.find((known) => known === level) ?? "info", message: line } as const
    this.log.add(fields === undefined ? entry : { ...entry, fields })
  }

  /** Says why a value is not taken. */
  #measure(text: string | undefined): string | undefined {
    const value = readValue(text, this.#standsAt ?? Date.now())
    if (typeof value === "string") return value
    // One more than a call may have tells that there were more.
    if (this.#values.length <= maxValues) this.#values.push(value)
    return undefined
  }

  #impure(text: string | undefined): void {
    if (text?.includes("randomness")) this.impurities.add("randomness")
    else if (text?.includes("environment")) this.impurities.add("environment")
    else this.impurities.add("clock")
  }
}

function toLoaded(text: string | undefined): Pick<LoadedModule, "exports" | "handler"> {
  const { exports, handler } = parseRecord(text)
  return {
    exports: Array.isArray(exports) ? exports.filter((name) => typeof name === "string").slice(0, 1000) : [],
    handler: handler === "function" || handler === "fetch" ? handler : "missing",
  }
}
