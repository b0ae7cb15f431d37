import { EventTarget, fire, setHandler, signalHook } from "./event-target.ts"
import { create, min } from "./primordials.ts"
import { startTimer } from "./timers.ts"
import { asInterface, enforceRange, illegalConstructor, illegalInvocation, requireArguments } from "./webidl.ts"

interface SignalState {
  aborted: boolean
  reason: unknown
  readonly algorithms: (() => void)[]
  /** Signals that abort with this one. */
  readonly dependents: AbortSignal[]
  /** The signals that a dependent one follows; undefined for a signal of its own. */
  readonly sources: AbortSignal[] | undefined
  readonly handlers: Record<string, unknown>
}

const fromWithin: unknown = {}
let stateOfSignal: (signal: AbortSignal) => SignalState
let hasSignalState: (value: object) => boolean

/** `AbortSignal`. */
export class AbortSignal extends EventTarget {
  readonly #state: SignalState

  static {
    stateOfSignal = (signal) => signal.#state
    hasSignalState = (value) => #state in value
  }

  constructor(...within: unknown[]) {
    if (within[0] !== fromWithin) illegalConstructor()
    super()
    this.#state = {
      aborted: false,
      reason: undefined,
      algorithms: [],
      dependents: [],
      sources: within[1] as AbortSignal[] | undefined,
      handlers: create(null),
    }
  }

  static abort(reason: unknown = undefined): AbortSignal {
    const signal = createSignal()
    const state = signalState(signal)
    state.aborted = true
    state.reason = reason === undefined ? abortError() : reason
    return signal
  }

  static timeout(milliseconds: number): AbortSignal {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "AbortSignal.timeout")
    const ms = enforceRange(milliseconds, Number.MAX_SAFE_INTEGER, "The time of AbortSignal.timeout")
    const signal = createSignal()
    const abort = (): void => abortSignal(signal, new DOMException("The operation timed out", "TimeoutError"))
    startTimer("AbortSignal.timeout", abort, min(ms, 0x7fffffff), [], false)
    return signal
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "AbortSignal.any")
    return followSignals(signals)
  }

  get aborted(): boolean {
    return signalState(this).aborted
  }
  get reason(): unknown {
    return signalState(this).reason
  }
  throwIfAborted(): void {
    const state = signalState(this)
    if (state.aborted) throw state.reason
  }
  get onabort(): unknown {
    return signalState(this).handlers.abort ?? null
  }
  set onabort(value: unknown) {
    setHandler(this, "abort", signalState(this).handlers, value)
  }
}
asInterface(AbortSignal, "AbortSignal", (signal: AbortSignal) => {
  const { aborted, reason } = stateOfSignal(signal)
  return aborted ? { aborted, reason } : { aborted }
})

/** `AbortController`. */
export class AbortController {
  readonly #signal: AbortSignal = createSignal()

  get signal(): AbortSignal {
    return #signal in this ? this.#signal : illegalInvocation()
  }
  abort(reason: unknown = undefined): void {
    abortSignal(#signal in this ? this.#signal : illegalInvocation(), reason === undefined ? abortError() : reason)
  }
}
asInterface(AbortController, "AbortController")

/** A signal that only `abortSignal` aborts. */
export function createSignal(): AbortSignal {
  return new AbortSignal(fromWithin)
}

/** Whether a value is a signal. */
export function isSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && hasSignalState(value)
}

/** A signal that aborts as soon as one of others does. */
export function followSignals(signals: Iterable<unknown>): AbortSignal {
  const given: AbortSignal[] = []
  for (const signal of signals) {
    if (!isSignal(signal)) throw new TypeError("AbortSignal.any takes AbortSignals only")
    given[given.length] = signal
  }
  const sources: AbortSignal[] = []
  const result = new AbortSignal(fromWithin, sources)
  for (let index = 0; index < given.length; index++) {
    const state = signalState(given[index])
    if (!state.aborted) continue
    const own = signalState(result)
    own.aborted = true
    own.reason = state.reason
    return result
  }
  for (let index = 0; index < given.length; index++) {
    const signal = given[index] as AbortSignal
    const followed = signalState(signal).sources ?? [signal]
    for (let inner = 0; inner < followed.length; inner++) follow(result, sources, followed[inner] as AbortSignal)
  }
  return result
}

/** Aborts a signal and all that depend on it: first every reason, then the consequences. */
export function abortSignal(signal: AbortSignal, reason: unknown): void {
  const state = signalState(signal)
  if (state.aborted) return
  state.aborted = true
  state.reason = reason
  const affected: AbortSignal[] = []
  for (let index = 0; index < state.dependents.length; index++) {
    const dependent = state.dependents[index] as AbortSignal
    const own = signalState(dependent)
    if (own.aborted) continue
    own.aborted = true
    own.reason = reason
    affected[affected.length] = dependent
  }
  finish(signal)
  for (let index = 0; index < affected.length; index++) finish(affected[index] as AbortSignal)
}

/** Calls back when a signal aborts; false where it has aborted already. */
export function whenAborted(signal: unknown, callback: () => void): boolean {
  if (!isSignal(signal)) throw new TypeError("The signal must be an AbortSignal")
  const state = stateOfSignal(signal)
  if (state.aborted) return false
  state.algorithms[state.algorithms.length] = callback
  return true
}
signalHook.whenAborted = whenAborted

function follow(result: AbortSignal, sources: AbortSignal[], source: AbortSignal): void {
  for (let index = 0; index < sources.length; index++) if (sources[index] === source) return
  sources[sources.length] = source
  const { dependents } = signalState(source)
  dependents[dependents.length] = result
}

function finish(signal: AbortSignal): void {
  const { algorithms } = signalState(signal)
  for (let index = 0; index < algorithms.length; index++) (algorithms[index] as () => void)()
  algorithms.length = 0
  fire(signal, "abort")
}

function signalState(signal: unknown): SignalState {
  return isSignal(signal) ? stateOfSignal(signal) : illegalInvocation()
}

/** The reason of an abort that gives none. */
export function abortError(message = "This operation was aborted"): DOMException {
  return new DOMException(message, "AbortError")
}
