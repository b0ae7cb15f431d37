import { whenAborted } from "./abort.ts"
import { type Body, readChunks } from "./body.ts"
import { copyBytes } from "./bytes.ts"
import { callSignal } from "./context.ts"
import { host } from "./host.ts"
import { openOperation, register } from "./operations.ts"

/** What the host takes at once. */
const maxChunkBytes = 65_536

/** Sends a body's stream to the host, each chunk when the host has room for it. Stops where the caller goes away. */
export function sendChunks(body: Body, ended: () => void, failed: (reason: unknown) => void): void {
  const stop = readChunks(body, (chunk, next) => sendParts(copyBytes(chunk), 0, next), ended, failed)
  const signal = callSignal()
  whenAborted(signal, () => stop?.(signal.reason))
}

function sendParts(bytes: ArrayBuffer, from: number, next: () => void): void {
  const left = bytes.byteLength - from
  if (left === 0) {
    next()
    return
  }
  const size = left < maxChunkBytes ? left : maxChunkBytes
  const id = register({ settle: () => sendParts(bytes, from + size, next), abandon: nothing })
  host("chunk", openOperation(id) + "}", copyBytes(new Uint8Array(bytes, from, size)))
}

function nothing(): void {
  // Nobody takes the rest.
}
