/** Reads a WebAssembly binary from one place on; says where it stands. */
export class WasmReader {
  at = 0
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  byte(): number {
    const value = this.bytes[this.at++]
    if (value === undefined) throw new Error("Cannot read the sandbox engine's WebAssembly: it ends too early.")
    return value
  }

  /** An unsigned number of up to 32 bits. */
  unsigned(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }

  /** A signed number of up to 32 bits. */
  signed(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return shift < 25 && byte & 0x40 ? value | (-1 << (shift + 7)) : value
    }
  }

  /** Passes over a number of any size. */
  passNumber(): void {
    while (this.byte() >= 0x80);
  }

  /** Passes over bytes. */
  pass(count: number): void {
    this.at += count
  }
}

/** An unsigned number as WebAssembly writes it. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let left = value
  while (left > 0x7f) {
    bytes.push((left & 0x7f) | 0x80)
    left >>>= 7
  }
  bytes.push(left)
  return bytes
}

/** A signed number of 32 bits as WebAssembly writes it. */
export function signed(value: number): number[] {
  const bytes: number[] = []
  let left = value
  for (;;) {
    const byte = left & 0x7f
    left >>= 7
    if ((left === 0 && !(byte & 0x40)) || (left === -1 && byte & 0x40)) return [...bytes, byte]
    bytes.push(byte | 0x80)
  }
}

/** One section of a module: what it is by its number, and where its content is. */
export interface WasmSection {
  readonly id: number
  readonly from: number
  readonly to: number
}

/** The sections of a module in order. */
export function readSections(bytes: Uint8Array): readonly WasmSection[] {
  const reader = new WasmReader(bytes)
  reader.pass(8)
  const sections: WasmSection[] = []
  while (reader.at < bytes.length) {
    const id = reader.byte()
    const length = reader.unsigned()
    sections.push({ id, from: reader.at, to: reader.at + length })
    reader.pass(length)
  }
  return sections
}
