import type { Transfer } from "../../clone-kinds.ts"
import { EventTarget, fire, setHandler } from "../../event-target.ts"
import { refuseWhileLoading } from "../../phase.ts"
import { create } from "../../primordials.ts"
import { cloneTransferring } from "../../structured-clone.ts"
import { asInterface, illegalConstructor, illegalInvocation, requireArguments, toDictionary } from "../../webidl.ts"
import { queueTask } from "./tasks.ts"

interface Message {
  readonly data: unknown
  readonly ports: readonly MessagePort[]
}

/** One end of a channel. When a port is transferred, its end goes over to the new port with all that has not been delivered. */
interface End {
  port: MessagePort
  other: End | undefined
  queue: Message[]
  started: boolean
  closed: boolean
}

/** Fires the event of a message that arrives; set by the module of MessageEvent, which needs this one. */
export const arrivalHook: { arrived?: (port: MessagePort, data: unknown, ports: readonly MessagePort[]) => void } = {}

const fromWithin: unknown = {}
let endOf: (port: MessagePort) => End
let setEnd: (port: MessagePort, end: End) => void
let isOne: (value: object) => boolean

/** `MessagePort`. */
export class MessagePort extends EventTarget {
  #end: End = { port: this, other: undefined, queue: [], started: false, closed: false }
  readonly #handlers: Record<string, unknown> = create(null)

  static {
    endOf = (port) => port.#end
    setEnd = (port, end) => {
      port.#end = end
      end.port = port
    }
    isOne = (value) => #end in value
  }

  constructor(...within: unknown[]) {
    if (within[0] !== fromWithin) illegalConstructor()
    super()
  }

  postMessage(message: unknown, transfer: unknown = undefined): void {
    if (!(#end in this)) illegalInvocation()
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 1, "postMessage")
    refuseWhileLoading("postMessage")
    post(this, message, readTransfer(transfer))
  }
  start(): void {
    if (!(#end in this)) illegalInvocation()
    const end = this.#end
    if (end.started || end.closed) return
    end.started = true
    for (let index = 0; index < end.queue.length; index++) queueTask((abandoned) => deliver(end, abandoned))
  }
  close(): void {
    if (!(#end in this)) illegalInvocation()
    const end = this.#end
    const { other } = end
    end.closed = true
    end.queue = []
    end.other = undefined
    if (other === undefined) return
    other.other = undefined
    queueTask((abandoned) => {
      if (!abandoned && !other.closed) fire(other.port, "close")
    })
  }
  get onmessage(): unknown {
    return #end in this ? (this.#handlers.message ?? null) : illegalInvocation()
  }
  set onmessage(value: unknown) {
    if (!(#end in this)) illegalInvocation()
    setHandler(this, "message", this.#handlers, value)
    this.start()
  }
  get onmessageerror(): unknown {
    return #end in this ? (this.#handlers.messageerror ?? null) : illegalInvocation()
  }
  set onmessageerror(value: unknown) {
    if (!(#end in this)) illegalInvocation()
    setHandler(this, "messageerror", this.#handlers, value)
  }
  get onclose(): unknown {
    return #end in this ? (this.#handlers.close ?? null) : illegalInvocation()
  }
  set onclose(value: unknown) {
    if (!(#end in this)) illegalInvocation()
    setHandler(this, "close", this.#handlers, value)
  }
}
asInterface(MessagePort, "MessagePort")

/** `MessageChannel`: two ports, each of which gets what is posted to the other. */
export class MessageChannel {
  readonly #port1: MessagePort = new MessagePort(fromWithin)
  readonly #port2: MessagePort = new MessagePort(fromWithin)

  constructor() {
    endOf(this.#port1).other = endOf(this.#port2)
    endOf(this.#port2).other = endOf(this.#port1)
  }

  get port1(): MessagePort {
    return #port1 in this ? this.#port1 : illegalInvocation()
  }
  get port2(): MessagePort {
    return #port1 in this ? this.#port2 : illegalInvocation()
  }
}
asInterface(MessageChannel, "MessageChannel")

/** Whether a value is a port. */
export function isPort(value: unknown): value is MessagePort {
  return typeof value === "object" && value !== null && isOne(value)
}

/** Why a port cannot be transferred. */
export function portRefusal(port: MessagePort): string | undefined {
  return endOf(port).closed ? "a MessagePort that is closed or was transferred before cannot be transferred" : undefined
}

/** Prepares to hand a port's end of its channel to a new port. */
export function transferPort(port: MessagePort): Transfer {
  const target = new MessagePort(fromWithin)
  const commit = (): void => {
    const end = endOf(port)
    end.started = false
    setEnd(target, end)
    setEnd(port, { port, other: undefined, queue: [], started: false, closed: true })
  }
  return { target, commit }
}

function post(port: MessagePort, message: unknown, transfer: unknown): void {
  const items: object[] = []
  if (transfer !== undefined) {
    for (const item of transfer as Iterable<object>) {
      if (item === port) throw new DOMException("Cannot transfer a port through itself", "DataCloneError")
      items[items.length] = item
    }
  }
  const { other } = endOf(port)
  const { value, transferred } = cloneTransferring(message, items)
  const ports: MessagePort[] = []
  for (let index = 0; index < transferred.length; index++) {
    const item = transferred[index] as object
    if (!isPort(item)) continue
    ports[ports.length] = item
    // A channel whose far end is sent through its near one has lost both: nobody could receive it.
    if (endOf(item) === other) return
  }
  if (other === undefined || other.closed) return
  other.queue[other.queue.length] = { data: value, ports }
  if (other.started) queueTask((abandoned) => deliver(other, abandoned))
}

function deliver(end: End, abandoned: boolean): void {
  if (!end.started || end.queue.length === 0) return
  const { data, ports } = end.queue[0] as Message
  const rest: Message[] = []
  for (let index = 1; index < end.queue.length; index++) rest[index - 1] = end.queue[index] as Message
  end.queue = rest
  if (!abandoned) arrivalHook.arrived?.(end.port, data, ports)
}

function readTransfer(given: unknown): unknown {
  const isObject = (typeof given === "object" && given !== null) || typeof given === "function"
  const iterator = isObject ? (given as { [Symbol.iterator]?: unknown })[Symbol.iterator] : undefined
  const isList = iterator !== undefined && iterator !== null
  return isList ? given : toDictionary(given, "The options of postMessage").transfer
}
