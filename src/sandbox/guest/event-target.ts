import { Event, eventState, isEvent } from "./event.ts"
import { feature } from "./feature.ts"
import { reportUncaught, uncaughtHook } from "./log.ts"
import { apply, mapGet, mapSet } from "./primordials.ts"
import { asInterface, globalObject, illegalInvocation, requireArguments, toDictionary, toDOMString } from "./webidl.ts"

interface Listener {
  readonly callback: unknown
  readonly capture: boolean
  readonly once: boolean
  readonly passive: boolean
  removed: boolean
}

type Listeners = Map<string, Listener[]>

/** Calls back when a signal aborts; set by the module of AbortSignal, which needs this one. */
export const signalHook: { whenAborted?: (signal: unknown, callback: () => void) => boolean } = {}

let stateOfTarget: (target: EventTarget) => Listeners
let hasListeners: (value: object) => boolean

/** `EventTarget`, as the DOM standard has it for targets without a tree. */
export class EventTarget {
  readonly #listeners: Listeners = new Map()

  static {
    stateOfTarget = (target) => target.#listeners
    hasListeners = (value) => #listeners in value
  }

  addEventListener(type: string, callback: unknown, options: unknown = undefined): void {
    const listeners = listenersOf(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 2, "addEventListener")
    const name = toDOMString(type)
    checkCallback(callback)
    const given = toOptions(options)
    const capture = isCapture(options)
    const once = !!given.once
    const passive = !!given.passive
    const { signal } = given
    const listener: Listener = { callback, capture, once, passive, removed: false }
    const aborted = signal !== undefined && !signalHook.whenAborted?.(signal, () => remove(listeners, name, listener))
    if (callback === null || callback === undefined || aborted) return
    const list = mapGet(listeners, name)
    if (list === undefined) mapSet(listeners, name, [listener])
    else if (find(list, callback, capture) === undefined) list[list.length] = listener
  }

  removeEventListener(type: string, callback: unknown, options: unknown = undefined): void {
    const listeners = listenersOf(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 2, "removeEventListener")
    const name = toDOMString(type)
    checkCallback(callback)
    const list = mapGet(listeners, name)
    const found = list && find(list, callback, isCapture(options))
    if (found) remove(listeners, name, found)
  }

  dispatchEvent(event: Event): boolean {
    listenersOf(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "dispatchEvent")
    if (!isEvent(event)) throw new TypeError("Cannot dispatch what is not an Event")
    const state = eventState(event)
    if (state.dispatching || !state.initialised) {
      throw new DOMException("The event is being dispatched already", "InvalidStateError")
    }
    state.trusted = false
    return dispatch((this ?? globalObject) as EventTarget, event)
  }
}
asInterface(EventTarget, "EventTarget")

/** The listeners of the global object, which is a target as well. */
const globalListeners: Listeners = new Map()

uncaughtHook.offer = (thrown) => {
  const listens = (mapGet(globalListeners, "error")?.length ?? 0) > 0
  return listens && feature("messages").dispatchError(thrown)
}

uncaughtHook.offerRejection = (promise, reason) => {
  const listens = (mapGet(globalListeners, "unhandledrejection")?.length ?? 0) > 0
  return listens && feature("messages").dispatchRejection(promise, reason)
}

/** Fires an event of the platform's own at a target. */
export function fire(target: EventTarget, type: string): void {
  fireEvent(target, new Event(type))
}

/** Fires an event of the platform's own, of any class; gives whether it was not cancelled. */
export function fireEvent(target: EventTarget, event: Event): boolean {
  eventState(event).trusted = true
  return dispatch(target, event)
}

/** Sets what an `on…` attribute holds: one listener that keeps its place while its function changes. */
export function setHandler(target: EventTarget, type: string, handlers: Record<string, unknown>, value: unknown): void {
  const known = type in handlers
  handlers[type] = typeof value === "function" || (typeof value === "object" && value !== null) ? value : null
  if (known) return
  const callback = (event: Event): void => {
    const handler = handlers[type]
    if (typeof handler === "function" && apply(handler as never, target, [event]) === false) {
      eventState(event).canceled = eventState(event).cancelable
    }
  }
  const listeners = listenersOf(target)
  const listener: Listener = { callback, capture: false, once: false, passive: false, removed: false }
  const list = mapGet(listeners, type)
  if (list === undefined) mapSet(listeners, type, [listener])
  else list[list.length] = listener
}

function dispatch(target: EventTarget, event: Event): boolean {
  const state = eventState(event)
  const listeners = listenersOf(target)
  state.dispatching = true
  state.target = target
  state.currentTarget = target
  const list = mapGet(listeners, state.type)
  // Capturing listeners first; the list as it is now, since listeners may add others.
  const length = list?.length ?? 0
  for (let round = 0; round < 2 && list !== undefined; round++) {
    if (state.stopped) break
    for (let index = 0; index < length && !state.stoppedAtOnce; index++) {
      const listener = list[index] as Listener
      if (listener.removed || listener.capture !== (round === 0)) continue
      if (listener.once) remove(listeners, state.type, listener)
      state.inPassiveListener = listener.passive
      call(listener.callback, target, event)
      state.inPassiveListener = false
    }
  }
  state.currentTarget = null
  state.dispatching = state.stopped = state.stoppedAtOnce = false
  return !state.canceled
}

function call(callback: unknown, target: EventTarget, event: Event): void {
  try {
    if (typeof callback === "function") {
      apply(callback as never, target, [event])
      return
    }
    const handle = (callback as { handleEvent?: unknown }).handleEvent
    if (typeof handle !== "function") throw new TypeError("Cannot call the listener: its handleEvent is not a function")
    apply(handle as never, callback, [event])
  } catch (thrown) {
    reportUncaught(thrown)
  }
}

/** Takes a listener out by making a new list, since a dispatch may be walking through the old one. */
function remove(listeners: Listeners, type: string, listener: Listener): void {
  listener.removed = true
  const list = mapGet(listeners, type)
  if (list === undefined) return
  const rest: Listener[] = []
  for (let index = 0; index < list.length; index++) {
    const other = list[index] as Listener
    if (other !== listener) rest[rest.length] = other
  }
  mapSet(listeners, type, rest)
}

function find(list: readonly Listener[], callback: unknown, capture: boolean): Listener | undefined {
  for (let index = 0; index < list.length; index++) {
    const listener = list[index] as Listener
    if (listener.callback === callback && listener.capture === capture && !listener.removed) return listener
  }
  return undefined
}

function listenersOf(target: unknown): Listeners {
  if (target === undefined || target === null || target === globalObject) return globalListeners
  const valid = typeof target === "object" && hasListeners(target)
  return valid ? stateOfTarget(target as EventTarget) : illegalInvocation()
}

function checkCallback(callback: unknown): void {
  if (callback === null || callback === undefined || typeof callback === "object" || typeof callback === "function")
    return
  throw new TypeError("The listener must be a function or an object")
}

function toOptions(options: unknown): Readonly<Record<string, unknown>> {
  return typeof options === "object" || typeof options === "function"
    ? toDictionary(options, "The options")
    : toDictionary(null, "")
}

function isCapture(options: unknown): boolean {
  const isDictionary = (typeof options === "object" && options !== null) || typeof options === "function"
  return isDictionary ? !!(options as { capture?: unknown }).capture : !!options
}
