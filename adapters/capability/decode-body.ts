import { pipeline, Readable, type Transform } from "node:stream"
import { constants, createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib"

/** More would only be a way to make a small answer costly. */
const maxCodings = 5

type Chunks = AsyncIterable<Uint8Array>

/**
 * Undoes the content codings of a body as it is read: what nobody asks for is not decoded. Null where one of them is not
 * known, as the body is then the author's to read.
 */
export function decodeBody(contentEncoding: string): ((body: Chunks) => Chunks) | null {
  const codings = contentEncoding
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity")
  const known = codings.map((coding) => decoders.get(coding)).filter((decoder) => decoder !== undefined)
  if (known.length < codings.length || known.length > maxCodings) return null
  return (body) => known.reduceRight((decoded, decoder) => decodeChunks(decoded, decoder), body)
}

/** The decoder of a coding, chosen by the body's first byte. */
type Decoder = (first: number) => Transform

async function* decodeChunks(body: Chunks, decoder: Decoder): Chunks {
  const chunks = body[Symbol.asyncIterator]()
  let first = await chunks.next()
  while (!first.done && first.value.byteLength === 0) first = await chunks.next()
  if (first.done) return
  const rest = { [Symbol.asyncIterator]: () => chunks }
  const transform = decoder(first.value[0] ?? 0)
  // Errors reach the reader through the transform.
  pipeline(Readable.from(prepend(first.value, rest), { objectMode: true, highWaterMark: 1 }), transform, () => {})
  yield* transform as Chunks
}

async function* prepend(first: Uint8Array, rest: Chunks): Chunks {
  yield first
  yield* rest
}

const chunkSize = 64 * 1024
// Flushed rather than finished: servers exist that leave the end off, and browsers read what they send.
const unfinished = { finishFlush: constants.Z_SYNC_FLUSH, chunkSize }

const gzip: Decoder = () => createGunzip(unfinished)

// The header says "deflate" for both of these; a zlib stream begins with the method 8 in its low four bits.
const deflate: Decoder = (first) => ((first & 0x0f) === 8 ? createInflate(unfinished) : createInflateRaw(unfinished))

const brotli: Decoder = () => createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH, chunkSize })

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ["gzip", gzip],
  ["x-gzip", gzip],
  ["deflate", deflate],
  ["br", brotli],
])
