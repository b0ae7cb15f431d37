import { copyBytes, viewBytes } from "./bytes.ts"
import { charCodeAt, slice, toWellFormed, typedArrayByteLength, typedArrayName, typedArraySet } from "./primordials.ts"
import { decodeUtf8Exactly, encodeUtf8 } from "./text.ts"
import { asInterface, illegalInvocation, requireArguments, toDOMString } from "./webidl.ts"

/** `TextEncoder`. */
export class TextEncoder {
  readonly #brand = true

  get encoding(): string {
    return #brand in this ? "utf-8" : illegalInvocation()
  }
  encode(input: unknown = ""): Uint8Array {
    if (!(#brand in this)) illegalInvocation()
    return new Uint8Array(encodeUtf8(toDOMString(input)))
  }
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number } {
    if (!(#brand in this)) illegalInvocation()
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the method's length.
    requireArguments(arguments, 2, "encodeInto")
    const text = toWellFormed(toDOMString(source))
    if (typedArrayName(destination) !== "Uint8Array") throw new TypeError("The destination must be a Uint8Array")
    const room = typedArrayByteLength(destination)
    // Its buffer may be detached as well.
    if (room === 0) return { read: 0, written: 0 }
    const target = viewBytes(destination) as Uint8Array
    // No character takes less than one byte, so what lies beyond cannot fit; half a pair cannot either.
    let part = slice(text, 0, room)
    if (isHighSurrogate(charCodeAt(part, part.length - 1)) && part.length < text.length) part = slice(part, 0, -1)
    const bytes = new Uint8Array(encodeUtf8(part))
    let written = bytes.length
    if (written > room) {
      written = room
      while (((bytes[written] as number) & 0xc0) === 0x80) written--
    }
    const fitting = new Uint8Array(bytes.buffer, 0, written)
    typedArraySet(target, fitting)
    if (written === bytes.length) return { read: part.length, written }
    return { read: written === 0 ? 0 : decodeUtf8Exactly(copyBytes(fitting)).length, written }
  }
}
asInterface(TextEncoder, "TextEncoder")

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}
