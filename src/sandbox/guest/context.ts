import { type AbortSignal, abortError, abortSignal, createSignal } from "./abort.ts"
import { type Log, log, reportUncaught } from "./log.ts"
import { type Metrics, metrics } from "./metrics.ts"
import type { Pairs } from "./pair-iterator.ts"
import { type Environment, phase } from "./phase.ts"
import { defineProperty, freeze, promiseThen } from "./primordials.ts"

/** What the present call is, apart from its input: written by the host's `call-head.ts`. */
export type CallHead = readonly [
  seed: readonly [number, number, number, number],
  invocationId: string,
  traceId: string,
  functionName: string,
  deadline: number,
  kind: "event" | "http",
  env: Environment,
  streams: boolean,
  request: readonly [method: string, url: string, headers: Pairs] | null,
  params: Readonly<Record<string, string>> | null,
  /** The call's number in the process. */
  call: number,
  /** The sandbox may have had calls before this one, and may get others. */
  keeps: boolean,
]

const noParams = freeze({})

/** What a handler receives beside its input. Only what differs between calls is made for each call. */
export class Context {
  readonly invocationId: string
  readonly traceId: string
  readonly functionName: string
  /** When the call will be ended, in epoch milliseconds. */
  readonly deadline: number
  /** What the parameters of the function's route matched; empty where no route was taken. */
  readonly params: Readonly<Record<string, string>>

  constructor(head: CallHead) {
    this.invocationId = head[1]
    this.traceId = head[2]
    this.functionName = head[3]
    this.deadline = head[4]
    this.params = head[9] ?? noParams
  }

  get env(): Environment {
    return freeze(phase.environment)
  }
  /** Aborts when the caller has gone away. */
  get signal(): AbortSignal {
    return callSignal()
  }
  get log(): Log {
    return log
  }
  get metrics(): Metrics {
    return metrics
  }
  /** Keeps the call open until a promise settles. Works without its receiver, so it can be destructured. */
  get waitUntil(): (promise: unknown) => void {
    return waitUntil
  }
}

// A minified name would show in logs.
defineProperty(Context, "name", { value: "Context", configurable: true })

let current: Context | undefined
let signal: AbortSignal | undefined
let abortReason: string | undefined
let waits: Waits | undefined

/** What one call gave to `waitUntil`. */
interface Waits {
  open: number
  whenDone: (() => void) | undefined
}

/** Begins a call: nothing of an earlier one remains. */
export function beginContext(head: CallHead): Context {
  signal = abortReason = waits = undefined
  current = new Context(head)
  return current
}

/** The present call's context; throws outside of a call. */
export function currentContext(): Context {
  if (current === undefined || phase.loading) {
    throw new Error("Cannot get the context: no call is running; ask for it inside the handler")
  }
  return current
}

/** The signal of the present call, made when it is first asked for. */
export function callSignal(): AbortSignal {
  if (signal === undefined) {
    signal = createSignal()
    if (abortReason !== undefined) abortSignal(signal, abortError(abortReason))
  }
  return signal
}

/** Tells the present call that its caller has gone away. */
export function abortCall(reason: string): void {
  abortReason = reason
  if (signal !== undefined) abortSignal(signal, abortError(reason))
}

/** Whether promises of `waitUntil` are open; if so, calls back once they have settled. */
export function mustWait(callback: () => void): boolean {
  if (waits === undefined || waits.open === 0) return false
  waits.whenDone = callback
  return true
}

function waitUntil(promise: unknown): void {
  // A promise that an earlier call gave, and that settles now, opens nothing of this one.
  waits ??= { open: 0, whenDone: undefined }
  const own = waits
  own.open++
  promiseThen(
    new Promise((resolve) => resolve(promise)),
    () => settled(own),
    (reason) => {
      reportUncaught(reason)
      settled(own)
    },
  )
}

function settled(own: Waits): void {
  own.open--
  if (own.open > 0 || own.whenDone === undefined) return
  const done = own.whenDone
  own.whenDone = undefined
  done()
}
