import { promisify } from "node:util"
import { brotliDecompress, constants, gunzip, inflate, inflateRaw } from "node:zlib"

/** Thrown by `decodeBody`. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge"
}

/** More would only be a way to make a small answer costly. */
const maxCodings = 5

/**
 * Undoes the content codings of a body, each bounded by `maxBytes`; null where one of them is not known, as the body is
 * then the author's to read.
 */
export async function decodeBody(body: Buffer, contentEncoding: string, maxBytes: number): Promise<Buffer | null> {
  const codings = contentEncoding
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity")
  if (codings.length > maxCodings || !codings.every((coding) => decoders.has(coding))) return null
  let decoded = body
  for (const coding of codings.reverse()) {
    const decode = decoders.get(coding)
    try {
      if (decode && decoded.byteLength > 0) decoded = await decode(decoded, maxBytes)
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") throw new BodyTooLarge()
      throw error
    }
  }
  return decoded
}

// Flushed rather than finished: servers exist that leave the end off, and browsers read what they send.
const unfinished = { finishFlush: constants.Z_SYNC_FLUSH }
const unzip = promisify(gunzip)
const unwrap = promisify(inflate)
const unwrapRaw = promisify(inflateRaw)
const unbrotli = promisify(brotliDecompress)

type Decode = (body: Buffer, maxOutputLength: number) => Promise<Buffer>

const gzip: Decode = (body, maxOutputLength) => unzip(body, { ...unfinished, maxOutputLength })

// The header says "deflate" for both of these; a zlib stream begins with the method 8 in its low four bits.
const deflate: Decode = (body, maxOutputLength) =>
  ((body[0] ?? 0) & 0x0f) === 8
    ? unwrap(body, { ...unfinished, maxOutputLength })
    : unwrapRaw(body, { ...unfinished, maxOutputLength })

const brotli: Decode = (body, maxOutputLength) =>
  unbrotli(body, { finishFlush: constants.BROTLI_OPERATION_FLUSH, maxOutputLength })

const decoders: ReadonlyMap<string, Decode> = new Map([
  ["gzip", gzip],
  ["x-gzip", gzip],
  ["deflate", deflate],
  ["br", brotli],
])
