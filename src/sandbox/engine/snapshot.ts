import { threadId } from "node:worker_threads"
import type { Engine } from "./engine.ts"
import { type EngineAddresses, imagePageBytes, pageUp } from "./engine-layout.ts"

/** An engine's memory at rest, but for the C stack, on which nothing lives then. */
export interface Snapshot {
  /** Static data: memory from 0. What is put together has the base's, as it is there. */
  readonly low: Uint8Array
  /** The heap: memory from `addresses.heapStart` to the last page in use; the base's, too. */
  readonly heap: Uint8Array
  /** The pages that are not as in the base; undefined for the base itself. */
  readonly own: OwnPages | undefined
  readonly addresses: EngineAddresses
  /** End of the memory that the allocator had taken. */
  readonly breakAddress: number
  /** End of what was in use, to the byte. */
  readonly topAddress: number
  /** What it differs in from the base; undefined for the base itself. */
  readonly difference: PageRuns | undefined
}

/** Pages in this thread's own memory, found by where they belong. */
export interface OwnPages {
  /** For each page of the memory where it begins in `bytes`; -1 for those that are not there, and none after the last. */
  readonly offsets: Int32Array
  /** The pages, in order: those that follow one another in memory do so here. */
  readonly bytes: Uint8Array
}

/** What one memory differs in from another: runs of pages, in shared memory. */
export interface PageRuns {
  /** Unique in this process: copies that pass between threads are known again by it. */
  readonly id: string
  /** Start address and byte length of each run, in pairs. */
  readonly runs: Uint32Array
  /** The runs' bytes, one after another; of packed ones, those chunks that `masks` tells. */
  readonly bytes: Uint8Array
  /** Packed: a bit for each chunk of each page that is not as in the base. */
  readonly masks?: Uint32Array
  readonly breakAddress: number
  readonly topAddress: number
}

/** Copies a booted engine's memory out, into memory that all threads share. */
export function captureBase(engine: Engine, addresses: EngineAddresses): Snapshot {
  const { bytes, breakAddress, topAddress } = engine
  return {
    low: toShared(bytes.subarray(0, addresses.stackStart)),
    heap: toShared(bytes.subarray(addresses.heapStart, pageUp(topAddress))),
    own: undefined,
    addresses,
    breakAddress,
    topAddress,
    difference: undefined,
  }
}

/** A copy in this thread's own memory: copying from shared memory costs several times as much. */
export function toPrivate(base: Snapshot): Snapshot {
  return { ...base, low: Buffer.from(base.low), heap: Buffer.from(base.heap) }
}

/** The pages of an engine that differ from the snapshot that it was restored to; beyond that one's end, from zero. */
export function capturePages(engine: Engine, restored: Snapshot): PageRuns {
  const { bytes: memory, breakAddress, topAddress } = engine
  const { stackStart, heapStart } = restored.addresses
  const starts: number[] = []
  const lengths: number[] = []
  const addRuns = (from: number, to: number) =>
    engine.memory.dirtyPages.eachRun(from, to, (first, end) => {
      for (let page = first; page < end; page += imagePageBytes) {
        // Much is written to and put back: reference counts.
        if (isUnchanged(memory, restored, page, page + imagePageBytes)) continue
        const last = starts.length - 1
        if (last >= 0 && (starts[last] ?? 0) + (lengths[last] ?? 0) === page) {
          lengths[last] = (lengths[last] ?? 0) + imagePageBytes
        } else {
          starts.push(page)
          lengths.push(imagePageBytes)
        }
      }
    })
  addRuns(0, stackStart)
  addRuns(heapStart, pageUp(topAddress))
  const bytes = new Uint8Array(new SharedArrayBuffer(lengths.reduce((sum, length) => sum + length, 0)))
  const runs = new Uint32Array(new SharedArrayBuffer(starts.length * 8))
  let position = 0
  for (const [index, start] of starts.entries()) {
    const length = lengths[index] ?? 0
    bytes.set(memory.subarray(start, start + length), position)
    runs.set([start, length], index * 2)
    position += length
  }
  return { id: `${threadId}/${++captured}`, runs, bytes, breakAddress, topAddress }
}

/** Writes page runs into an engine's memory. */
export function writePages(memory: Uint8Array, pages: PageRuns): void {
  eachRun(pages, (start, bytes) => memory.set(bytes, start))
}

let captured = 0
const zeros = Buffer.alloc(imagePageBytes)

function isUnchanged(memory: Buffer, { low, heap, own, addresses }: Snapshot, from: number, to: number): boolean {
  const offset = own?.offsets[from / imagePageBytes] ?? -1
  if (own && offset !== -1) return memory.compare(own.bytes, offset, offset + to - from, from, to) === 0
  const { heapStart } = addresses
  if (from < heapStart) return memory.compare(low, from, to, from, to) === 0
  const [start, end] = [from - heapStart, to - heapStart]
  if (end <= heap.length) return memory.compare(heap, start, end, from, to) === 0
  if (start < heap.length) return false
  return memory.compare(zeros, 0, to - from, from, to) === 0
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
