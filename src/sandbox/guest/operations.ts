import { defineProperty, mapClear, mapDelete, mapForEach, mapGet, mapSet, mapSize } from "./primordials.ts"

/** What waits for the host's answer under an id. */
export interface Operation {
  settle(head: Settlement, body: ArrayBuffer | undefined): void
  /** There will be no answer: the call has ended. */
  abandon(head: Settlement): void
}

/** The host's answer to an asynchronous operation. */
export interface Settlement {
  /** The number of the call that began it. */
  readonly call: number
  readonly id: number
  readonly ok: boolean
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string }
  /** What a capability answered. */
  readonly output?: unknown
  readonly status?: number
  readonly statusText?: string
  readonly headers?: [string, string][]
  readonly url?: string
  readonly redirected?: boolean
  readonly value?: unknown
  /** The body of an answer is read on by the id of its request. */
  readonly streamed?: boolean
  /** Nothing follows of a body. */
  readonly last?: boolean
}

/** The stack of whoever begins an operation: where the host's answer arrives there is nobody of the author's on it. */
export function beginning(): unknown {
  return new Error().stack
}

/** Lets an error that the host answered tell where its operation began. */
export function begunAt(error: Error, stack: unknown): Error {
  return defineProperty(error, "stack", { value: stack, writable: true, enumerable: false, configurable: true })
}

const why = "The call that began this has ended; give what must go on after the answer to context.waitUntil"
const abandoned: Settlement = { call: 0, id: 0, ok: false, error: { name: "AbortError", message: why } }
const waiting = new Map<number, Operation>()
let lastId = 0
let call = 0
let ended = false

/** Begins a call, which no other of the process shares its number with. What still waits in an earlier one's name is dropped. */
export function beginOperations(number: number): void {
  call = number
  ended = false
  if (mapSize(waiting) > 0) mapClear(waiting)
}

/** The call has ended, and its sandbox is kept: whatever is open fails now, so that nothing of it comes to a later call. */
export function endOperations(): void {
  ended = true
  mapForEach(waiting, abandon)
  mapClear(waiting)
}

/** Registers what waits, and gives the id for its operation. */
export function register(operation: Operation): number {
  const id = ++lastId
  if (ended) abandon(operation)
  else mapSet(waiting, id, operation)
  return id
}

/** How the host is told of an operation: JSON text up to its other fields. */
export function openOperation(id: number): string {
  return '{"call":' + call + ',"id":' + id
}

/** Drops what waits under an id: its answer will be passed over. */
export function forget(id: number): void {
  mapDelete(waiting, id)
}

/** Hands the host's answer to what waits for it, in the present call. */
export function settle(head: Settlement, body: ArrayBuffer | undefined): void {
  const operation = head.call === call ? mapGet(waiting, head.id) : undefined
  if (operation === undefined) return
  mapDelete(waiting, head.id)
  operation.settle(head, body)
}

function abandon(operation: Operation): void {
  operation.abandon(abandoned)
}
