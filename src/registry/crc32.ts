import * as zlib from "node:zlib"

/** The CRC-32 of ISO 3309 as ZIP uses it; `value` is that of the bytes before. */
export function crc32(bytes: Uint8Array, value = 0): number {
  // Node has its own from 20.15 and 22.2 on.
  const native: ((data: Uint8Array, value?: number) => number) | undefined = (
    zlib as { crc32?: (data: Uint8Array, value?: number) => number }
  ).crc32
  return native ? native(bytes, value) : crc32ByTable(bytes, value)
}

/**
 * The same without Node's help.
 * @internal
 */
export function crc32ByTable(bytes: Uint8Array, value = 0): number {
  let crc = ~value
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0)
  return ~crc >>> 0
}

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let entry = index
  for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >>> 1) ^ 0xedb88320 : entry >>> 1
  return entry
})
