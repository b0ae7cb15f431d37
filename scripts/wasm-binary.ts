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

/** A reader at the beginning of a section's content. */
export function readerAt(wasm: Uint8Array, { from }: WasmSection): WasmReader {
  const reader = new WasmReader(wasm)
  reader.at = from
  return reader
}

/** Type numbers of the imported functions. Beside these, a module may import memories. */
export function readImports(wasm: Uint8Array, section: WasmSection): readonly number[] {
  const reader = readerAt(wasm, section)
  const functions: number[] = []
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.pass(reader.unsigned())
    reader.pass(reader.unsigned())
    const kind = reader.byte()
    if (kind === 0) functions.push(reader.unsigned())
    else if (kind === 2) {
      const bounded = reader.byte() & 1
      reader.unsigned()
      if (bounded) reader.unsigned()
    } else throw new Error(`Cannot rewrite the sandbox engine: it imports something of kind ${kind}.`)
  }
  return functions
}

/** A section with further entries. */
export function append(wasm: Uint8Array, section: WasmSection, entries: readonly (readonly number[])[]): Uint8Array {
  const reader = readerAt(wasm, section)
  const count = reader.unsigned()
  const rest = wasm.subarray(reader.at, section.to)
  return Buffer.concat([Buffer.from(unsigned(count + entries.length)), rest, Buffer.from(entries.flat())])
}

/** The module with other content in some sections, by their numbers. */
export function withSections(wasm: Uint8Array, rewritten: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [wasm.subarray(0, 8)]
  for (const { id, from, to } of readSections(wasm)) {
    const content = rewritten.get(id) ?? wasm.subarray(from, to)
    parts.push(Uint8Array.of(id, ...unsigned(content.length)), content)
  }
  return Buffer.concat(parts)
}
