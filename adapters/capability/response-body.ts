import type { HttpContent } from "../../src/ports/http-client.ts"

type Chunks = AsyncIterable<Uint8Array>

/** Thrown where a body is longer than it may be. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge"
}

/** What is handed out whole. */
const maxWholeBytes = 64 * 1024

/**
 * A body that ends within a moment and 64 KB, whole; any other as chunks that are read when they are asked for. Where the
 * moment is over it is read no further. Never rejects: whoever reads on hears of what broke the body off. `close` ends what the body is read from.
 */
export async function takeShort(body: Chunks, close: () => void, moment?: Promise<undefined>): Promise<HttpContent> {
  const chunks = body[Symbol.asyncIterator]()
  const taken: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const asked = chunks.next()
    const read = asked.catch(() => undefined)
    const next = await (moment ? Promise.race([read, moment]) : read)
    if (next === undefined) return joined(taken, chunks, close, asked)
    if (next.done) return new Uint8Array(Buffer.concat(taken, bytes))
    taken.push(next.value)
    bytes += next.value.byteLength
    if (bytes > maxWholeBytes) return joined(taken, chunks, close)
  }
}

/** The end of the event loop's present turn: what came in one packet has been read by then. */
export function endOfTurn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(resolve, undefined))
}

/** Counts the bytes of chunks as they are read: `count` throws where there are too many. */
export async function* counted(body: Chunks, count: (bytes: number) => void): Chunks {
  for await (const chunk of body) {
    count(chunk.byteLength)
    yield chunk
  }
}

/** Translates what breaks the reading of chunks off. */
export async function* translated(body: Chunks, translate: (error: unknown) => Error): Chunks {
  try {
    yield* body
  } catch (error) {
    throw translate(error)
  }
}

/** Chunks that were read, and those that follow. */
function joined(
  taken: readonly Uint8Array[],
  chunks: AsyncIterator<Uint8Array>,
  close: () => void,
  asked?: Promise<IteratorResult<Uint8Array>>,
): Chunks {
  const read = [...taken]
  let pending = asked
  const iterator: AsyncIterator<Uint8Array> = {
    next() {
      const value = read.shift()
      if (value) return Promise.resolve({ done: false, value })
      const next = pending ?? chunks.next()
      pending = undefined
      return next
    },
    return: async () => {
      // What was asked for may never come, and its generator ends no sooner.
      close()
      await chunks.return?.()
      return { done: true, value: undefined }
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}
