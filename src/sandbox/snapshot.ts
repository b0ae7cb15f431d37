import type { Engine } from "./engine.ts"
import { type EngineAddresses, imagePageBytes, pageUp } from "./engine-layout.ts"

/** The memory of a freshly booted engine: the start of every other snapshot. Shared by all workers of the process. */
export interface BaseSnapshot {
  readonly addresses: EngineAddresses
  /** Static data: memory from 0. */
  readonly low: Uint8Array
  /** The heap: memory from `addresses.heapStart`. */
  readonly heap: Uint8Array
  readonly breakAddress: number
  /** End of what was in use, to the byte. */
  readonly topAddress: number
}

/** What differs from another snapshot: runs of pages. */
export interface PageRuns {
  /** Start address and byte length of each run, in pairs. */
  readonly runs: Uint32Array
  /** The runs' bytes, one after another. */
  readonly bytes: Uint8Array
  /** End of the memory that the allocator had taken. */
  readonly breakAddress: number
  /** End of what was in use, to the byte. */
  readonly topAddress: number
  /** On a thread's private copy: what it is a copy of. */
  readonly shared?: PageRuns
}

/** Copies a booted engine's memory out. */
export function captureBase(engine: Engine, addresses: EngineAddresses): BaseSnapshot {
  const end = pageUp(engine.topAddress)
  return {
    addresses,
    low: toShared(engine.bytes.subarray(0, addresses.stackStart)),
    heap: toShared(engine.bytes.subarray(addresses.heapStart, end)),
    breakAddress: engine.breakAddress,
    topAddress: engine.topAddress,
  }
}

/** A copy in this thread's own memory: copying from shared memory costs several times as much. */
export function toPrivateBase(base: BaseSnapshot): BaseSnapshot {
  return { ...base, low: Buffer.from(base.low), heap: Buffer.from(base.heap) }
}

/** A private copy of page runs. */
export function toPrivateRuns(pages: PageRuns): PageRuns {
  return { ...pages, runs: Uint32Array.from(pages.runs), bytes: Buffer.from(pages.bytes), shared: pages }
}

/** The pages of an engine that differ from what it was restored to; beyond the base's end, from zero. */
export function capturePages(engine: Engine, base: BaseSnapshot, restored: PageRuns | undefined): PageRuns {
  const memory = engine.bytes
  const { stackStart, heapStart } = base.addresses
  const end = pageUp(engine.topAddress)
  const origin = originOf(base, restored)
  const starts: number[] = []
  const lengths: number[] = []
  const addRuns = (from: number, to: number) => {
    for (let block = from; block < to; block += blockBytes) {
      const blockEnd = Math.min(block + blockBytes, to)
      if (origin.equals(memory, block, blockEnd)) continue
      for (let page = block; page < blockEnd; page += imagePageBytes) {
        if (origin.equals(memory, page, Math.min(page + imagePageBytes, blockEnd))) continue
        const last = starts.length - 1
        if (last >= 0 && (starts[last] ?? 0) + (lengths[last] ?? 0) === page) {
          lengths[last] = (lengths[last] ?? 0) + imagePageBytes
        } else {
          starts.push(page)
          lengths.push(imagePageBytes)
        }
      }
    }
  }
  addRuns(0, stackStart)
  addRuns(heapStart, end)
  const bytes = new Uint8Array(new SharedArrayBuffer(lengths.reduce((sum, length) => sum + length, 0)))
  const runs = new Uint32Array(new SharedArrayBuffer(starts.length * 8))
  let position = 0
  for (const [index, start] of starts.entries()) {
    const length = lengths[index] ?? 0
    bytes.set(memory.subarray(start, start + length), position)
    runs.set([start, length], index * 2)
    position += length
  }
  return { runs, bytes, breakAddress: engine.breakAddress, topAddress: engine.topAddress }
}

/** Writes page runs into an engine's memory. */
export function writePages(memory: Uint8Array, pages: PageRuns): void {
  eachRun(pages, (start, bytes) => memory.set(bytes, start))
}

/** How large a block is compared before its pages are looked at one by one. */
const blockBytes = 16 * imagePageBytes

/** The memory that an engine was restored to, put together once so that it can be compared with. */
class Origin {
  readonly #low: Buffer
  readonly #heap: Buffer
  readonly #heapStart: number

  constructor(base: BaseSnapshot, restored: PageRuns | undefined) {
    const { heapStart, stackStart } = base.addresses
    const heapEnd = Math.max(heapStart + base.heap.length, restored ? pageUp(restored.topAddress) : 0)
    this.#heapStart = heapStart
    this.#low = Buffer.from(base.low)
    this.#heap = Buffer.alloc(heapEnd - heapStart)
    this.#heap.set(base.heap)
    if (restored) {
      eachRun(restored, (start, bytes) => {
        if (start < stackStart) this.#low.set(bytes, start)
        else this.#heap.set(bytes, start - heapStart)
      })
    }
  }

  equals(memory: Buffer, from: number, to: number): boolean {
    if (from < this.#heapStart) return memory.compare(this.#low, from, to, from, to) === 0
    const [start, end] = [from - this.#heapStart, to - this.#heapStart]
    if (end <= this.#heap.length) return memory.compare(this.#heap, start, end, from, to) === 0
    if (start < this.#heap.length) return false
    return memory.compare(zeros, 0, to - from, from, to) === 0
  }
}

const zeros = Buffer.alloc(blockBytes)
let lastOrigin: { readonly key: BaseSnapshot | PageRuns; readonly origin: Origin } | undefined

/** Keeps the last one: a thread whose calls wait mostly swaps calls of the same version. */
function originOf(base: BaseSnapshot, restored: PageRuns | undefined): Origin {
  const key = restored ?? base
  if (lastOrigin?.key !== key) lastOrigin = { key, origin: new Origin(base, restored) }
  return lastOrigin.origin
}

function eachRun(pages: PageRuns, visit: (start: number, bytes: Uint8Array) => void): void {
  let position = 0
  for (let index = 0; index < pages.runs.length; index += 2) {
    const length = pages.runs[index + 1] ?? 0
    visit(pages.runs[index] ?? 0, pages.bytes.subarray(position, position + length))
    position += length
  }
}

function toShared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}
