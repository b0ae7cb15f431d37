import { TransformStream } from "web-streams-polyfill"
import { charCodeAt, slice, uncurry } from "../../primordials.ts"
import { encodeUtf8 } from "../../text.ts"
import { TextDecoder } from "../../text-decoder.ts"
import { toDOMString } from "../../webidl.ts"
import { readableOf, writableOf } from "./pair.ts"

const decode = uncurry(TextDecoder.prototype.decode) as (decoder: TextDecoder, ...rest: unknown[]) => string
const more = { stream: true }

/** `TextEncoderStream`. */
export class TextEncoderStream {
  readonly #pair: TransformStream<unknown, Uint8Array>

  constructor() {
    // The first half of a pair whose second half may begin the next chunk.
    let high = ""
    this.#pair = new TransformStream({
      transform(chunk, controller): void {
        const text = high + toDOMString(chunk)
        const last = charCodeAt(text, text.length - 1)
        high = last >= 0xd800 && last < 0xdc00 ? slice(text, -1) : ""
        const bytes = encodeUtf8(high === "" ? text : slice(text, 0, -1))
        if (bytes.byteLength > 0) controller.enqueue(new Uint8Array(bytes))
      },
      flush(controller): void {
        if (high !== "") controller.enqueue(new Uint8Array(encodeUtf8(high)))
      },
    })
  }

  get encoding(): string {
    readableOf(this.#pair)
    return "utf-8"
  }
  get readable(): object {
    return readableOf(this.#pair)
  }
  get writable(): object {
    return writableOf(this.#pair)
  }
}

/** `TextDecoderStream`. */
export class TextDecoderStream {
  readonly #decoder: TextDecoder
  readonly #pair: TransformStream<unknown, string>

  constructor(label: unknown = "utf-8", options: unknown = undefined) {
    const decoder = new TextDecoder(label, options)
    this.#decoder = decoder
    this.#pair = new TransformStream({
      transform(chunk, controller): void {
        if (chunk === undefined) throw new TypeError("Cannot decode a chunk that is no ArrayBuffer or view of one")
        const text = decode(decoder, chunk, more)
        if (text !== "") controller.enqueue(text)
      },
      flush(controller): void {
        const text = decode(decoder)
        if (text !== "") controller.enqueue(text)
      },
    })
  }

  get encoding(): string {
    return this.#decoder.encoding
  }
  get fatal(): boolean {
    return this.#decoder.fatal
  }
  get ignoreBOM(): boolean {
    return this.#decoder.ignoreBOM
  }
  get readable(): object {
    return readableOf(this.#pair)
  }
  get writable(): object {
    return writableOf(this.#pair)
  }
}
