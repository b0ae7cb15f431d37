import { deflateRawSync } from "node:zlib"
import { crc32ByTable } from "../../src/registry/crc32.ts"

/** One entry of an archive made by hand; what is left out is what an honest archiver writes. */
export interface MadeEntry {
  readonly name: string | Uint8Array
  readonly content?: string | Uint8Array
  /** @default 8 */
  readonly method?: number
  readonly flags?: number
  /** Unix mode, file type included. */
  readonly mode?: number
  readonly crc?: number
  readonly claimedBytes?: number
  readonly localName?: string
  /** Bytes that stand in the archive instead of the packed content. */
  readonly packed?: Uint8Array
  /** Points at the content of an earlier entry. */
  readonly shareWith?: number
}

/** An archive with exactly these entries. */
export function makeZip(entries: readonly MadeEntry[], comment = ""): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  const offsets: number[] = []
  let offset = 0
  for (const entry of entries) {
    const content = Buffer.from(entry.content ?? "")
    const method = entry.method ?? 8
    const packed = Buffer.from(entry.packed ?? (method === 8 ? deflateRawSync(content) : content))
    const name = Buffer.from(entry.name as string)
    const localName = entry.localName === undefined ? name : Buffer.from(entry.localName)
    const sizes = Buffer.alloc(12)
    sizes.writeUInt32LE(entry.crc ?? crc32ByTable(content), 0)
    sizes.writeUInt32LE(packed.length, 4)
    sizes.writeUInt32LE(entry.claimedBytes ?? content.length, 8)
    const common = Buffer.alloc(10)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(entry.flags ?? 0x800, 2)
    common.writeUInt16LE(method, 4)

    const start = entry.shareWith === undefined ? offset : (offsets[entry.shareWith] ?? 0)
    offsets.push(start)
    if (entry.shareWith === undefined) {
      const lengths = Buffer.alloc(4)
      lengths.writeUInt16LE(localName.length, 0)
      const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, sizes, lengths, localName, packed])
      parts.push(local)
      offset += local.length
    }
    const tail = Buffer.alloc(18)
    tail.writeUInt16LE(name.length, 0)
    tail.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 10)
    tail.writeUInt32LE(start, 14)
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 3]), common, sizes, tail, name]))
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write("PK\x05\x06", 0, "latin1")
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(offset, 16)
  end.writeUInt16LE(Buffer.byteLength(comment), 20)
  return Buffer.concat([...parts, listed, end, Buffer.from(comment)])
}
