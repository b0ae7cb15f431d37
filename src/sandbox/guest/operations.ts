import { defineProperty, mapDelete, mapGet, mapSet } from "./primordials.ts"

/** What waits for the host's answer under an id. */
export interface Operation {
  settle(head: Settlement, body: ArrayBuffer | undefined): void
}

/** The host's answer to an asynchronous operation. */
export interface Settlement {
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
}

/** The stack of whoever begins an operation: where the host's answer arrives there is nobody of the author's on it. */
export function beginning(): unknown {
  return new Error().stack
}

/** Lets an error that the host answered tell where its operation began. */
export function begunAt(error: Error, stack: unknown): Error {
  return defineProperty(error, "stack", { value: stack, writable: true, enumerable: false, configurable: true })
}

const waiting = new Map<number, Operation>()
let lastId = 0

/** Registers what waits, and gives the id for its operation. */
export function register(operation: Operation): number {
  const id = ++lastId
  mapSet(waiting, id, operation)
  return id
}

/** Drops what waits under an id: its answer will be passed over. */
export function forget(id: number): void {
  mapDelete(waiting, id)
}

/** Hands the host's answer to what waits for it. */
export function settle(head: Settlement, body: ArrayBuffer | undefined): void {
  const operation = mapGet(waiting, head.id)
  if (operation === undefined) return
  mapDelete(waiting, head.id)
  operation.settle(head, body)
}
