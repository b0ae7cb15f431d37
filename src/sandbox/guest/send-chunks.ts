import { type Body, readChunks } from "./body.ts"
import { copyBytes } from "./bytes.ts"
import { host } from "./host.ts"
import { openOperation, register } from "./operations.ts"

/** What the host takes at once. */
const maxChunkBytes = 65_536

/**
 * Sends a body's stream to the host, each chunk when the host has room for it: by an operation whose further fields are
 * JSON text. Gives a function that cancels the stream; where the host wants no more of it, it is cancelled as well.
 */
export function sendChunks(
  body: Body,
  operation: string,
  fields: string,
  ended: () => void,
  failed: (reason: unknown) => void,
): (reason: unknown) => void {
  let stopped = false
  const cancel = readChunks(
    body,
    (chunk, next) => sendParts(copyBytes(chunk), 0, next),
    () => {
      if (!stopped) ended()
    },
    (reason) => {
      if (!stopped) failed(reason)
    },
  )
  const stop = (reason: unknown): void => {
    if (stopped) return
    stopped = true
    cancel(reason)
  }

  function sendParts(bytes: ArrayBuffer, from: number, next: () => void): void {
    const left = bytes.byteLength - from
    if (stopped) return
    if (left === 0) {
      next()
      return
    }
    const size = left < maxChunkBytes ? left : maxChunkBytes
    const id = register({
      settle(head) {
        if (head.ok) sendParts(bytes, from + size, next)
        else stop(new TypeError(head.error?.message))
      },
      abandon: nothing,
    })
    host(operation, openOperation(id) + fields + "}", copyBytes(new Uint8Array(bytes, from, size)))
  }
  return stop
}

function nothing(): void {
  // Nobody takes the rest.
}
