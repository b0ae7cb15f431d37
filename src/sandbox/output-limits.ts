/** What may leave the sandbox in one answer. */
export interface OutputLimits {
  readonly maxBytes: number
  readonly maxDepth: number
  /** Members of all objects together. */
  readonly maxKeys: number
  /** Members of all objects and arrays together. */
  readonly maxValues: number
}

/** Limits that no configuration raises. */
export const outputLimits: OutputLimits = {
  maxBytes: 10 * 1024 * 1024,
  maxDepth: 1000,
  maxKeys: 200_000,
  maxValues: 500_000,
}

/** What a streamed answer may have. */
export const chunkLimits: { readonly maxBytes: number; readonly maxStreamBytes: number } = {
  maxBytes: 64 * 1024,
  maxStreamBytes: 1024 * 1024 * 1024,
}

// Character codes of JSON's own signs.
const quote = 0x22
const backslash = 0x5c

/** Says why JSON text may not leave, or null. Counts without parsing, so that a hostile shape costs one linear pass. */
export function refuseOutput(text: string, limits: OutputLimits = outputLimits): string | null {
  if (
    text.length > limits.maxBytes ||
    (text.length * 3 > limits.maxBytes && Buffer.byteLength(text) > limits.maxBytes)
  ) {
    return `the result is larger than ${limits.maxBytes} bytes`
  }
  if (text.length <= limits.maxDepth) return null
  let depth = 0
  let keys = 0
  let values = 0
  for (let index = 0; index < text.length; index++) {
    switch (text.charCodeAt(index)) {
      case quote:
        index = endOfString(text, index)
        break
      case 0x3a: // :
        if (++keys > limits.maxKeys) return `the result has more than ${limits.maxKeys} keys`
        break
      case 0x2c: // ,
        if (++values > limits.maxValues) return `the result has more than ${limits.maxValues} values`
        break
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > limits.maxDepth) return `the result is nested deeper than ${limits.maxDepth} levels`
        break
      case 0x5d: // ]
      case 0x7d: // }
        depth--
        break
    }
  }
  return null
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  for (;;) {
    if (end === -1) return text.length
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
}
