import { copyBytes, viewBytes } from "../../bytes.ts"
import { feature } from "../../feature.ts"
import {
  apply,
  arrayJoin,
  is,
  isBuffer,
  isView,
  max,
  min,
  regExpExec,
  split,
  toLowerCase,
  toWellFormed,
  typedArrayBuffer,
  typedArrayByteOffset,
  typedArraySet,
} from "../../primordials.ts"
import { decodeUtf8, encodeUtf8 } from "../../text.ts"
import { asInterface, illegalInvocation, toDictionary, toDOMString } from "../../webidl.ts"

/** The content of a blob. The bytes are shared between blobs and never change: nobody else holds their buffer. */
interface BlobState {
  readonly bytes: Uint8Array
  readonly type: string
}

const fromWithin: unknown = {}
let stateOf: (blob: Blob) => BlobState
let hasState: (value: object) => boolean

/** `Blob`: bytes with a type. */
export class Blob {
  readonly #state: BlobState

  static {
    stateOf = (blob) => blob.#state
    hasState = (value) => #state in value
  }

  constructor(parts: unknown = undefined, options: unknown = undefined) {
    this.#state = parts === fromWithin ? (options as BlobState) : construct(parts, options)
  }

  get size(): number {
    return blobState(this).bytes.length
  }
  get type(): string {
    return blobState(this).type
  }
  slice(start: unknown = undefined, end: unknown = undefined, type: unknown = undefined): Blob {
    const { bytes } = blobState(this)
    const { length } = bytes
    const from = start === undefined ? 0 : toPosition(start, length)
    const to = end === undefined ? length : toPosition(end, length)
    const slice = part(bytes, from, max(from, to))
    return createBlob(slice, type === undefined ? "" : toType(toDOMString(type)))
  }
  stream(): object {
    const { bytes } = blobState(this)
    let at = 0
    return feature("streams").wrap({
      pull(take): void {
        const from = at
        at = min(from + maxChunk, bytes.length)
        take(copyBytes(part(bytes, from, at)), at === bytes.length)
      },
    })
  }
  async text(): Promise<string> {
    return decodeUtf8(copyBytes(blobState(this).bytes))
  }
  async arrayBuffer(): Promise<ArrayBuffer> {
    return copyBytes(blobState(this).bytes)
  }
  async bytes(): Promise<Uint8Array> {
    return new Uint8Array(copyBytes(blobState(this).bytes))
  }
}
asInterface(Blob, "Blob", (blob: Blob) => ({ size: stateOf(blob).bytes.length, type: stateOf(blob).type }))

/** A blob that holds these bytes, which nobody may change from now on. */
export function createBlob(bytes: Uint8Array, type: string): Blob {
  return new Blob(fromWithin, { bytes, type })
}

/** What makes the constructor take a blob's state as it is, for a file that holds these bytes. */
export function within(bytes: Uint8Array, type: string): [unknown, BlobState] {
  return [fromWithin, { bytes, type }]
}

/** Whether a value is a blob, files included. */
export function isBlob(value: unknown): value is Blob {
  return typeof value === "object" && value !== null && hasState(value)
}

/** The state of a blob; throws for what is none. */
export function blobState(blob: unknown): BlobState {
  return isBlob(blob) ? stateOf(blob) : illegalInvocation()
}

/** Pieces, one after the other, in a buffer of their own. */
export function join(pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (let index = 0; index < pieces.length; index++) length += (pieces[index] as Uint8Array).length
  const bytes = new Uint8Array(length)
  let at = 0
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index] as Uint8Array
    typedArraySet(bytes, piece, at)
    at += piece.length
  }
  return bytes
}

/** A view of a part of bytes, without a copy. */
export function part(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(typedArrayBuffer(bytes), typedArrayByteOffset(bytes) + from, to - from)
}

const maxChunk = 65536
const notPlain = /[^\x20-\x7e]/

function construct(given: unknown, options: unknown): BlobState {
  const parts = given === undefined ? [] : readParts(given)
  const dictionary = toDictionary(options, "The options of a Blob")
  const { endings } = dictionary
  const native = endings !== undefined && readEndings(toDOMString(endings))
  const { type } = dictionary
  const pieces: Uint8Array[] = []
  for (let index = 0; index < parts.length; index++) pieces[index] = toBytes(parts[index] as Blob | string, native)
  return { bytes: join(pieces), type: type === undefined ? "" : toType(toDOMString(type)) }
}

function readParts(given: unknown): unknown[] {
  const isObject = (typeof given === "object" && given !== null) || typeof given === "function"
  const iterator = isObject ? (given as { [Symbol.iterator]?: unknown })[Symbol.iterator] : undefined
  if (typeof iterator !== "function") throw new TypeError("The parts of a Blob must be a list")
  const parts: unknown[] = []
  // The iterator was asked for above; asking again would show.
  for (const item of { [Symbol.iterator]: () => apply(iterator, given, []) as Iterator<unknown> }) {
    const kept = isBlob(item) || isBuffer(item) || isView(item)
    parts[parts.length] = kept ? item : toWellFormed(toDOMString(item))
  }
  return parts
}

function readEndings(endings: string): boolean {
  if (endings === "native") return true
  if (endings === "transparent") return false
  throw new TypeError('Cannot use "' + endings + '" as endings of a Blob: they must be "transparent" or "native"')
}

function toBytes(item: Blob | string | ArrayBuffer, native: boolean): Uint8Array {
  if (typeof item === "string") return new Uint8Array(encodeUtf8(native ? withLineFeeds(item) : item))
  return isBlob(item) ? stateOf(item).bytes : (viewBytes(item) as Uint8Array)
}

function withLineFeeds(text: string): string {
  return arrayJoin(split(arrayJoin(split(text, "\r\n"), "\n"), "\r"), "\n")
}

/** A type as blobs keep it: in lower case, and none where it holds what no type can. */
function toType(type: string): string {
  return regExpExec(notPlain, type) === null ? toLowerCase(type) : ""
}

/** A position in a blob (`[Clamp] long long`), counted from its end where it is negative. */
function toPosition(value: unknown, length: number): number {
  const number = +(value as number)
  const whole = is(number, Number.NaN) ? 0 : roundToEven(max(min(number, maxSafe), -maxSafe))
  return whole < 0 ? max(length + whole, 0) : min(whole, length)
}

const maxSafe = 9007199254740991

function roundToEven(number: number): number {
  const fraction = number % 1
  const whole = number - fraction
  const size = fraction < 0 ? -fraction : fraction
  if (size < 0.5 || (size === 0.5 && whole % 2 === 0)) return whole
  return fraction < 0 ? whole - 1 : whole + 1
}
