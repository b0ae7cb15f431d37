import { Event, eventState } from "../../event.ts"
import { fireEvent } from "../../event-target.ts"
import { freeze } from "../../primordials.ts"
import {
  asInterface,
  illegalInvocation,
  requireArguments,
  toDictionary,
  toDOMString,
  toUSVString,
} from "../../webidl.ts"
import { arrivalHook, isPort, type MessagePort } from "./message-port.ts"

interface MessageFields {
  readonly data: unknown
  readonly origin: string
  readonly lastEventId: string
  readonly source: MessagePort | null
  readonly ports: readonly MessagePort[]
}

/** `MessageEvent`: a message that has arrived. */
export class MessageEvent extends Event {
  #fields: MessageFields

  constructor(type: string, init: unknown = undefined) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 1, "MessageEvent")
    super(type, init)
    const { data, lastEventId, origin, ports, source } = toDictionary(init, "The init of a MessageEvent")
    this.#fields = readFields(data, origin, lastEventId, source, ports)
  }

  get data(): unknown {
    return #fields in this ? this.#fields.data : illegalInvocation()
  }
  get origin(): string {
    return #fields in this ? this.#fields.origin : illegalInvocation()
  }
  get lastEventId(): string {
    return #fields in this ? this.#fields.lastEventId : illegalInvocation()
  }
  get source(): MessagePort | null {
    return #fields in this ? this.#fields.source : illegalInvocation()
  }
  get ports(): readonly MessagePort[] {
    return #fields in this ? this.#fields.ports : illegalInvocation()
  }
  initMessageEvent(
    type: string,
    bubbles: unknown = false,
    cancelable: unknown = false,
    data: unknown = null,
    origin: unknown = "",
    lastEventId: unknown = "",
    source: unknown = null,
    ports: unknown = [],
  ): void {
    if (!(#fields in this)) illegalInvocation()
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "initMessageEvent")
    const name = toDOMString(type)
    const fields = readFields(data, origin, lastEventId, source, ports)
    const state = eventState(this)
    if (state.dispatching) return
    state.initialised = true
    state.type = name
    state.bubbles = !!bubbles
    state.cancelable = !!cancelable
    state.stopped = state.stoppedAtOnce = state.canceled = state.trusted = false
    state.target = null
    this.#fields = fields
  }
}
asInterface(MessageEvent, "MessageEvent")

arrivalHook.arrived = (port, data, ports) => {
  fireEvent(port, new MessageEvent("message", { __proto__: null, data, ports }))
}

function readFields(
  data: unknown,
  origin: unknown,
  lastEventId: unknown,
  source: unknown,
  ports: unknown,
): MessageFields {
  return {
    data: data === undefined ? null : data,
    origin: origin === undefined ? "" : toUSVString(origin),
    lastEventId: lastEventId === undefined ? "" : toDOMString(lastEventId),
    source: readSource(source),
    ports: readPorts(ports),
  }
}

function readSource(source: unknown): MessagePort | null {
  if (source === undefined || source === null) return null
  if (!isPort(source)) throw new TypeError("Cannot use the source of a MessageEvent: it is not a MessagePort")
  return source
}

function readPorts(given: unknown): readonly MessagePort[] {
  const ports: MessagePort[] = []
  if (given === undefined) return freeze(ports)
  if ((typeof given !== "object" && typeof given !== "function") || given === null) {
    throw new TypeError("The ports of a MessageEvent must be a list")
  }
  for (const port of given as Iterable<unknown>) {
    if (!isPort(port)) throw new TypeError("Cannot use the ports of a MessageEvent: one is not a MessagePort")
    ports[ports.length] = port
  }
  return freeze(ports)
}
