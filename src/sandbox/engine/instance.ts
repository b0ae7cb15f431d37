import type { DirtyPages } from "./dirty-pages.ts"
import type { Engine } from "./engine.ts"
import { imagePageBytes, pageUp } from "./engine-layout.ts"
import { initialBytes } from "./engine-memory.ts"
import { capturePages, type OwnPages, type PageRuns, type Snapshot, writePages } from "./snapshot.ts"

const kilobyte = 1024
const stackTopBytes = 8 * kilobyte
const zeros = Buffer.alloc(imagePageBytes)
/** Memory never shrinks: an instance that grew past this is thrown away after its call. */
const keptBytes = 48 * 1024 * kilobyte

/** One engine that is restored before each call, with what must be known of its last occupant. */
export class Instance {
  readonly engine: Engine
  /** An exception of the host left the engine's stack pointer astray. */
  broken = false
  /** Whose bytes may still stand outside the snapshot. */
  #owner: string | undefined
  #restored: Snapshot
  /** Restored, and not entered since. */
  #prepared = false

  /** The engine holds nothing yet: `base` is only what it will be restored to first. */
  constructor(engine: Engine, base: Snapshot) {
    this.engine = engine
    this.#restored = base
    const { heapStart, stackStart } = base.addresses
    engine.memory.dirtyPages.add(0, stackStart)
    engine.memory.dirtyPages.add(heapStart, base.heap.length)
  }

  /** The organisation that ran here last. */
  get owner(): string | undefined {
    return this.#owner
  }

  /** What it was restored to last differs in this from the base; undefined for the base itself. */
  get restoredTo(): PageRuns | undefined {
    return this.#restored.difference
  }

  /** Bytes of the heap that the allocator has taken and will not give back. */
  get heldBytes(): number {
    return this.engine.breakAddress - this.#restored.addresses.heapStart
  }

  /** What its memory is larger than a new one's. */
  get grownBytes(): number {
    return this.engine.bytes.length - initialBytes
  }

  /** Whether the next call may have it. */
  get reusable(): boolean {
    return !this.broken && this.engine.bytes.length <= keptBytes
  }

  /**
   * Writes a snapshot back, and the image of a call over it. Every byte of the heap beyond becomes zero, and where
   * another organisation ran last, the C stack too: nothing of the last occupant is left.
   */
  restore(organisation: string, snapshot: Snapshot, image?: PageRuns): void {
    if (this.#prepared && !image && this.#restored === snapshot && this.#owner === organisation) {
      this.#prepared = false
      return
    }
    const { engine } = this
    engine.rejections.forget()
    const memoryEnd = Math.max(snapshot.breakAddress, image?.breakAddress ?? 0)
    if (memoryEnd > engine.bytes.length) {
      this.#writeBack(snapshot)
      engine.growTo(memoryEnd)
      markRuns(engine.memory.dirtyPages, snapshot.difference)
    }
    if (this.#owner !== undefined && this.#owner !== organisation) this.#clearStack()
    this.#writeBack(snapshot)
    if (image) {
      writePages(engine.bytes, image)
      markRuns(engine.memory.dirtyPages, image)
    }
    this.#owner = organisation
    this.#prepared = false
  }

  /** Restores ahead, while nobody waits: the next call of the same version finds its sandbox ready. */
  prepare(): void {
    if (this.#owner === undefined || this.#prepared || !this.reusable) return
    this.restore(this.#owner, this.#restored)
    this.#prepared = true
  }

  /** The pages of the present occupant, against a snapshot: what it was restored to, unless another is asked for. */
  capture(against: Snapshot = this.#restored): PageRuns {
    if (against !== this.#restored) {
      markRuns(this.engine.memory.dirtyPages, this.#restored.difference)
      markRuns(this.engine.memory.dirtyPages, against.difference)
    }
    return capturePages(this.engine, against)
  }

  /** Peak heap of the present occupant above its snapshot, in bytes: how far it touched what had been free. */
  peakBytes(): number {
    const { topAddress: start, breakAddress } = this.#restored
    const present = this.engine.breakAddress
    if (present > breakAddress) return present - start
    const { bytes: memory, dirtyPages } = this.engine.memory
    // Up to the break all was zero when the call began, but for the rest of the page that the snapshot ends in.
    for (let end = pageUp(present); end > pageUp(start); end -= imagePageBytes) {
      const page = end - imagePageBytes
      if (!dirtyPages.has(page) || memory.compare(zeros, 0, imagePageBytes, page, end) === 0) continue
      let last = end - 8
      while (memory.readInt32LE(last) === 0 && memory.readInt32LE(last + 4) === 0) last -= 8
      return last + 8 - start
    }
    return Math.max(0, this.engine.topAddress - start)
  }

  /** Brings the pages back that were written to, and those in which this snapshot differs from the last one. */
  #writeBack(snapshot: Snapshot): void {
    const { bytes: memory, dirtyPages } = this.engine.memory
    const { low, heap, own } = snapshot
    const { stackStart, heapStart } = snapshot.addresses
    if (this.#restored !== snapshot) {
      markRuns(dirtyPages, this.#restored.difference)
      markRuns(dirtyPages, snapshot.difference)
      this.#restored = snapshot
    }
    const heapEnd = heapStart + heap.length
    const writeBase = (start: number, end: number) => {
      if (start < stackStart) return memory.set(low.subarray(start, end), start)
      if (start < heapEnd) memory.set(heap.subarray(start - heapStart, Math.min(end, heapEnd) - heapStart), start)
      if (end > heapEnd) memory.fill(0, Math.max(start, heapEnd), end)
    }
    const write = own ? overlay(memory, own, writeBase) : writeBase
    dirtyPages.eachRun(0, stackStart, write)
    dirtyPages.eachRun(heapStart, memory.length, write)
    dirtyPages.clear(0, stackStart)
    dirtyPages.clear(heapStart, memory.length)
  }

  #clearStack(): void {
    const { bytes: memory, dirtyPages } = this.engine.memory
    const { stackStart, heapStart } = this.#restored.addresses
    // The host writes file names on top of it.
    dirtyPages.add(heapStart - stackTopBytes, stackTopBytes)
    dirtyPages.eachRun(dirtyPages.end, heapStart, (start, end) => memory.fill(0, start, end))
    dirtyPages.clear(stackStart, heapStart)
  }
}

/** Makes what writes a run of pages: those that a snapshot has of its own from there, all between them as the base has them. */
function overlay(memory: Buffer, { offsets, bytes }: OwnPages, writeBase: (start: number, end: number) => void) {
  return (start: number, end: number): void => {
    // Beyond the last page of its own every one is the base's.
    const last = Math.min(end / imagePageBytes, offsets.length)
    let page = start / imagePageBytes
    let from = page
    while (page < last) {
      const offset = offsets[page] ?? -1
      if (offset === -1) {
        page++
        continue
      }
      if (from < page) writeBase(from * imagePageBytes, page * imagePageBytes)
      from = page
      while (page < last && offsets[page] !== -1) page++
      const length = (page - from) * imagePageBytes
      memory.set(bytes.subarray(offset, offset + length), from * imagePageBytes)
      from = page
    }
    if (from * imagePageBytes < end) writeBase(from * imagePageBytes, end)
  }
}

function markRuns(dirtyPages: DirtyPages, pages: PageRuns | undefined): void {
  if (!pages) return
  for (let index = 0; index < pages.runs.length; index += 2) {
    dirtyPages.add(pages.runs[index] ?? 0, pages.runs[index + 1] ?? 0)
  }
}
