import { imagePageBytes } from "./engine-layout.ts"
import type { PageRuns, Snapshot } from "./snapshot.ts"

/** The unit in which a page is packed. */
const chunkWords = 16
const pageWords = imagePageBytes / 4
const chunksOfPage = pageWords / chunkWords
const bitsOfMask = 32
const masksOfPage = chunksOfPage / bitsOfMask

/**
 * Leaves out of page runs what stands in the base, in chunks of 64 bytes. Of most pages that a module writes to only a few
 * counts and pointers change, and version snapshots are many, and kept.
 */
export function packPages(pages: PageRuns, base: Snapshot): PageRuns {
  const words = toWords(pages.bytes)
  const masks = new Uint32Array(new SharedArrayBuffer((words.length / pageWords) * masksOfPage * 4))
  const isBase = comparerWith(base)
  let count = 0
  eachPage(pages, (address, index) => {
    for (let chunk = 0; chunk < chunksOfPage; chunk++) {
      const from = index * pageWords + chunk * chunkWords
      if (isBase(words, from, address / 4 + chunk * chunkWords)) continue
      const mask = index * masksOfPage + Math.floor(chunk / bitsOfMask)
      masks[mask] = (masks[mask] ?? 0) | (1 << (chunk % bitsOfMask))
      count++
    }
  })
  const packed = new Uint32Array(new SharedArrayBuffer(count * chunkWords * 4))
  let position = 0
  eachRunOfChunks(masks, (from, to) => {
    packed.set(words.subarray(from * chunkWords, to * chunkWords), position)
    position += (to - from) * chunkWords
  })
  return { ...pages, bytes: new Uint8Array(packed.buffer), masks }
}

/** The runs' bytes, whole again, in this thread's own memory. */
function unpackPages(pages: PageRuns, base: Snapshot): Buffer {
  if (!pages.masks) return Buffer.from(pages.bytes)
  const bytes = Buffer.alloc(unpackedBytes(pages))
  const { low, heap } = base
  const { heapStart } = base.addresses
  eachPage(pages, (address, index) => {
    const [part, from] = address < heapStart ? [low, address] : [heap, address - heapStart]
    bytes.set(part.subarray(from, from + imagePageBytes), index * imagePageBytes)
  })
  const words = toWords(bytes)
  const packed = toWords(pages.bytes)
  let position = 0
  eachRunOfChunks(pages.masks, (from, to) => {
    const end = position + (to - from) * chunkWords
    words.set(packed.subarray(position, end), from * chunkWords)
    position = end
  })
  return bytes
}

/** Puts a snapshot together from the base, which it shares, and what it differs in, in this thread's own memory. */
export function compose(base: Snapshot, difference: PageRuns): Snapshot {
  const { breakAddress, topAddress } = difference
  const own = { offsets: toOffsets(difference), bytes: unpackPages(difference, base) }
  return { ...base, own, breakAddress, topAddress, difference }
}

/** What the pages are, put together. */
export function unpackedBytes({ bytes, masks }: PageRuns): number {
  return masks ? (masks.length / masksOfPage) * imagePageBytes : bytes.byteLength
}

/** What page runs take. */
export function sizeOfPages({ bytes, masks }: PageRuns): number {
  return bytes.byteLength + (masks?.byteLength ?? 0)
}

function eachPage({ runs }: PageRuns, visit: (address: number, index: number) => void): void {
  let index = 0
  for (let run = 0; run < runs.length; run += 2) {
    const start = runs[run] ?? 0
    const end = start + (runs[run + 1] ?? 0)
    for (let address = start; address < end; address += imagePageBytes) visit(address, index++)
  }
}

/** Visits the runs of chunks that are there, counted over all pages. */
function eachRunOfChunks(masks: Uint32Array, visit: (from: number, to: number) => void): void {
  const end = masks.length * bitsOfMask
  const has = (chunk: number) => ((masks[chunk >>> 5] ?? 0) & (1 << (chunk & 31))) !== 0
  let chunk = 0
  while (chunk < end) {
    if (masks[chunk >>> 5] === 0 && (chunk & 31) === 0) {
      chunk += bitsOfMask
      continue
    }
    if (!has(chunk)) {
      chunk++
      continue
    }
    const from = chunk
    while (chunk < end && has(chunk)) chunk++
    visit(from, chunk)
  }
}

/** Says whether a chunk is as the base has it, which is zero beyond its end; addresses are counted in words. */
function comparerWith(base: Snapshot): (words: Uint32Array, from: number, address: number) => boolean {
  const low = toWords(base.low)
  const heap = toWords(base.heap)
  const heapStart = base.addresses.heapStart / 4
  return (words, from, address) => {
    const part = address < heapStart ? low : heap
    const offset = address < heapStart ? address : address - heapStart
    for (let word = 0; word < chunkWords; word++) if (words[from + word] !== (part[offset + word] ?? 0)) return false
    return true
  }
}

function toWords({ buffer, byteOffset, byteLength }: Uint8Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, byteLength / 4)
}

function toOffsets({ runs }: PageRuns): Int32Array {
  const last = runs.length - 2
  const end = last < 0 ? 0 : (runs[last] ?? 0) + (runs[last + 1] ?? 0)
  const offsets = new Int32Array(end / imagePageBytes).fill(-1)
  let offset = 0
  for (let index = 0; index < runs.length; index += 2) {
    const start = (runs[index] ?? 0) / imagePageBytes
    const pages = (runs[index + 1] ?? 0) / imagePageBytes
    for (let page = start; page < start + pages; page++, offset += imagePageBytes) offsets[page] = offset
  }
  return offsets
}
