import { createRequire } from "node:module"

/** How bytes are read as text. */
interface DecodeFlags {
  readonly fatal: boolean
  readonly ignoreBOM: boolean
  readonly stream: boolean
}

/** Decodes bytes; undefined where they or the label are not valid. */
export function decodeText(label: string, bytes: Uint8Array, flags: DecodeFlags): string | undefined {
  try {
    const Decoder = isUnicode(label) ? TextDecoder : loadLegacy().TextDecoder
    return new Decoder(label, { fatal: flags.fatal, ignoreBOM: flags.ignoreBOM }).decode(bytes, {
      stream: flags.stream,
    })
  } catch {
    return undefined
  }
}

/** The name of the encoding that a label stands for; undefined where there is none. */
export function nameEncoding(label: string): string | undefined {
  const name = readName(TextDecoder, label)
  if (name !== undefined && isUnicode(name)) return name
  return readName(loadLegacy().TextDecoder, label)
}

function readName(Decoder: typeof TextDecoder, label: string): string | undefined {
  try {
    return new Decoder(label).encoding
  } catch {
    return undefined
  }
}

function isUnicode(label: string): boolean {
  return label === "utf-8" || label === "utf-16le" || label === "utf-16be"
}

const require = createRequire(import.meta.url)

type LegacyEncodings = typeof import("@exodus/bytes/encoding.js")
let legacy: LegacyEncodings | undefined

/** Node's own decoders of the other encodings differ from the standard, and from version to version. Few functions need them. */
function loadLegacy(): LegacyEncodings {
  legacy ??= require("@exodus/bytes/encoding.js") as LegacyEncodings
  return legacy
}
