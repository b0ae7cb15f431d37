import { elapsed } from "./clock.ts"
import { defineProperty } from "./primordials.ts"
import { asInterface, illegalInvocation, requireArguments, toDictionary, toDOMString } from "./webidl.ts"

/** What an event is, behind its attributes. */
interface EventState {
  type: string
  bubbles: boolean
  cancelable: boolean
  readonly composed: boolean
  readonly timeStamp: number
  initialised: boolean
  dispatching: boolean
  canceled: boolean
  stopped: boolean
  stoppedAtOnce: boolean
  inPassiveListener: boolean
  trusted: boolean
  target: object | null
  currentTarget: object | null
}

let stateOfEvent: (event: Event) => EventState
let hasState: (value: object) => boolean

/** `Event`, as the DOM standard has it for targets without a tree. */
export class Event {
  readonly #state: EventState

  static {
    stateOfEvent = (event) => event.#state
    hasState = (value) => #state in value
  }

  constructor(type: string, init: unknown = undefined) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 1, "Event")
    const options = toDictionary(init, "The init of an Event")
    this.#state = {
      type: toDOMString(type),
      bubbles: !!options.bubbles,
      cancelable: !!options.cancelable,
      composed: !!options.composed,
      timeStamp: elapsed(),
      initialised: true,
      dispatching: false,
      canceled: false,
      stopped: false,
      stoppedAtOnce: false,
      inPassiveListener: false,
      trusted: false,
      target: null,
      currentTarget: null,
    }
    defineProperty(this, "isTrusted", isTrusted)
  }

  get type(): string {
    return eventState(this).type
  }
  get target(): object | null {
    return eventState(this).target
  }
  get srcElement(): object | null {
    return eventState(this).target
  }
  get currentTarget(): object | null {
    return eventState(this).currentTarget
  }
  composedPath(): object[] {
    const { currentTarget } = eventState(this)
    return currentTarget === null ? [] : [currentTarget]
  }
  get eventPhase(): number {
    return eventState(this).currentTarget === null ? 0 : 2
  }
  stopPropagation(): void {
    eventState(this).stopped = true
  }
  get cancelBubble(): boolean {
    return eventState(this).stopped
  }
  set cancelBubble(value: boolean) {
    const state = eventState(this)
    if (value) state.stopped = true
  }
  stopImmediatePropagation(): void {
    const state = eventState(this)
    state.stopped = true
    state.stoppedAtOnce = true
  }
  get bubbles(): boolean {
    return eventState(this).bubbles
  }
  get cancelable(): boolean {
    return eventState(this).cancelable
  }
  get returnValue(): boolean {
    return !eventState(this).canceled
  }
  set returnValue(value: boolean) {
    const state = eventState(this)
    if (!value) cancel(state)
  }
  preventDefault(): void {
    cancel(eventState(this))
  }
  get defaultPrevented(): boolean {
    return eventState(this).canceled
  }
  get composed(): boolean {
    return eventState(this).composed
  }
  get timeStamp(): number {
    return eventState(this).timeStamp
  }
  initEvent(type: string, bubbles: unknown = false, cancelable: unknown = false): void {
    const state = eventState(this)
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "initEvent")
    const name = toDOMString(type)
    if (state.dispatching) return
    state.initialised = true
    state.type = name
    state.bubbles = !!bubbles
    state.cancelable = !!cancelable
    state.stopped = state.stoppedAtOnce = state.canceled = false
    state.target = null
  }
}
asInterface(Event, "Event", (event: Event) => ({ type: stateOfEvent(event).type }))

const phases = ["NONE", "CAPTURING_PHASE", "AT_TARGET", "BUBBLING_PHASE"]
for (const [value, name] of phases.entries()) {
  defineProperty(Event, name, { value, enumerable: true })
  defineProperty(Event.prototype, name, { value, enumerable: true })
}

// One getter for all events: code may compare it.
const isTrusted = {
  __proto__: null,
  ...Object.getOwnPropertyDescriptor(
    {
      get isTrusted(): boolean {
        return eventState(this as never).trusted
      },
    },
    "isTrusted",
  ),
  configurable: false,
} as PropertyDescriptor

/** The state of an event; throws for what is none. */
export function eventState(event: unknown): EventState {
  return isEvent(event) ? stateOfEvent(event) : illegalInvocation()
}

/** Whether a value is an event, subclasses included. */
export function isEvent(value: unknown): value is Event {
  return typeof value === "object" && value !== null && hasState(value)
}

function cancel(state: EventState): void {
  if (state.cancelable && !state.inPassiveListener) state.canceled = true
}
