import { copyBytes, viewBytes } from "./bytes.ts"
import { host } from "./host.ts"
import { max, parse, quote, slice, typedArraySet } from "./primordials.ts"
import { asInterface, illegalInvocation, toDictionary, toDOMString } from "./webidl.ts"

interface DecoderState {
  readonly encoding: string
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  /** Bytes of a character that is not complete; for encodings with states, all bytes of the stream. */
  pending: Uint8Array | undefined
  /** How much of the text of `pending` has been given out. */
  given: number
  /** Whether the stream has begun, so that a byte order mark is a character. */
  begun: boolean
}

/** `TextDecoder`; the host decodes. */
export class TextDecoder {
  readonly #state: DecoderState

  constructor(label: unknown = "utf-8", options: unknown = undefined) {
    const name = toDOMString(label)
    const given = toDictionary(options, "The options of a TextDecoder")
    const fatal = !!given.fatal
    const ignoreBOM = !!given.ignoreBOM
    const encoding = name === "utf-8" ? name : canonicalName(name)
    this.#state = { encoding, fatal, ignoreBOM, pending: undefined, given: 0, begun: false }
  }

  get encoding(): string {
    return #state in this ? this.#state.encoding : illegalInvocation()
  }
  get fatal(): boolean {
    return #state in this ? this.#state.fatal : illegalInvocation()
  }
  get ignoreBOM(): boolean {
    return #state in this ? this.#state.ignoreBOM : illegalInvocation()
  }
  decode(input: unknown = undefined, options: unknown = undefined): string {
    const state = #state in this ? this.#state : illegalInvocation()
    const view = input === undefined ? new Uint8Array(0) : viewBytes(input, true)
    if (view === undefined) throw new TypeError("The input must be an ArrayBuffer or a view of one")
    const more = !!toDictionary(options, "The options of decode").stream
    return decode(state, join(state.pending, view), more)
  }
}
asInterface(TextDecoder, "TextDecoder")

function canonicalName(label: string): string {
  const answer = host("text.label", quote(label))
  if (answer !== undefined) return parse(answer as string) as string
  throw new RangeError('Cannot decode "' + slice(label, 0, 100) + '": no encoding has this label')
}

function decode(state: DecoderState, bytes: Uint8Array, more: boolean): string {
  const tail = more ? incompleteTail(state.encoding, bytes) : 0
  const stateful = more && tail < 0
  const whole = stateful
    ? bytes
    : new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length - max(tail, 0))
  const ignoreBOM = state.ignoreBOM || state.begun
  const head =
    '{"label":"' +
    state.encoding +
    '","fatal":' +
    state.fatal +
    ',"ignoreBOM":' +
    ignoreBOM +
    ',"stream":' +
    stateful +
    "}"
  const answer = host("text.decode", head, copyBytes(whole))
  const skip = state.given
  if (answer === undefined || !more) {
    state.pending = undefined
    state.given = 0
    state.begun = false
    if (answer === undefined) throw new TypeError("Cannot decode the bytes: they are not valid " + state.encoding)
    return slice(parse(answer as string) as string, skip)
  }
  const text = parse(answer as string) as string
  if (stateful) {
    state.pending = bytes
    state.given = text.length
    return slice(text, skip)
  }
  state.pending =
    tail === 0
      ? undefined
      : new Uint8Array(copyBytes(new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset + whole.length, tail)))
  if (whole.length > 0) state.begun = true
  return text
}

/** How many bytes at the end belong to a character that is not complete; negative where only the decoder can tell. */
function incompleteTail(encoding: string, bytes: Uint8Array): number {
  if (encoding === "utf-8") return incompleteUtf8(bytes)
  if (encoding === "utf-16le" || encoding === "utf-16be") return incompleteUtf16(bytes, encoding === "utf-16le" ? 1 : 0)
  return encoding === "gbk" ||
    encoding === "gb18030" ||
    encoding === "big5" ||
    encoding === "euc-jp" ||
    encoding === "iso-2022-jp" ||
    encoding === "shift_jis" ||
    encoding === "euc-kr"
    ? -1
    : 0
}

function incompleteUtf8(bytes: Uint8Array): number {
  const { length } = bytes
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back] as number
    if ((byte & 0xc0) === 0x80) continue
    const wanted =
      byte >= 0xc2 && byte <= 0xdf ? 2 : byte >= 0xe0 && byte <= 0xef ? 3 : byte >= 0xf0 && byte <= 0xf4 ? 4 : 0
    if (wanted <= back) return 0
    return back === 1 || canFollow(byte, bytes[length - back + 1] as number) ? back : 0
  }
  return 0
}

/** Whether a second byte continues a character: overlong forms, surrogates and what lies above U+10FFFF do not. */
function canFollow(lead: number, second: number): boolean {
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  return second >= low && second <= high
}

function incompleteUtf16(bytes: Uint8Array, highByte: number): number {
  const odd = bytes.length & 1
  const last = bytes.length - odd - 2
  const high = last >= 0 ? (bytes[last + highByte] as number) : 0
  return odd + (high >= 0xd8 && high < 0xdc ? 2 : 0)
}

function join(first: Uint8Array | undefined, second: Uint8Array): Uint8Array {
  if (first === undefined) return second
  const joined = new Uint8Array(first.length + second.length)
  typedArraySet(joined, first)
  typedArraySet(joined, second, first.length)
  return joined
}
