import type { Engine } from "./engine.ts"
import { imagePageBytes, pageUp } from "./engine-layout.ts"
import { capturePages, type PageRuns, type Snapshot, writePages } from "./snapshot.ts"

const kilobyte = 1024
/** The engine ends guest recursion at 512 KB of C stack; native functions may go somewhat below. */
const stackBandBytes = 704 * kilobyte
/** Below the band: where anything stands here, the whole stack is cleared. */
const stackGuardBytes = 64 * kilobyte
const zeros = Buffer.alloc(stackGuardBytes)
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
  /** Nothing but zeros from here to the end of memory. */
  #dirtyEnd: number

  /** The engine holds nothing yet: `base` is only what it will be restored to first. */
  constructor(engine: Engine, base: Snapshot) {
    this.engine = engine
    this.#restored = base
    this.#dirtyEnd = pageUp(base.breakAddress)
  }

  /** The organisation that ran here last. */
  get owner(): string | undefined {
    return this.#owner
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
    this.#dirtyEnd = Math.max(this.#dirtyEnd, pageUp(this.engine.breakAddress))
    this.#growFor(snapshot, image)
    const memory = this.engine.bytes
    const { heapStart } = snapshot.addresses
    if (this.#owner !== undefined && this.#owner !== organisation) this.#clearStack(memory)
    memory.set(snapshot.low)
    memory.set(snapshot.heap, heapStart)
    memory.fill(0, heapStart + snapshot.heap.length, Math.min(this.#dirtyEnd, memory.length))
    if (image) writePages(memory, image)
    this.#owner = organisation
    this.#restored = snapshot
    this.#prepared = false
    this.#dirtyEnd = pageUp(this.engine.breakAddress)
  }

  /** Restores ahead, while nobody waits: the next call of the same version finds its sandbox ready. */
  prepare(): void {
    if (this.#owner === undefined || this.#prepared || !this.reusable) return
    this.restore(this.#owner, this.#restored)
    this.#prepared = true
  }

  /** The pages of the present occupant, against what it was restored to. */
  capture(): PageRuns {
    return capturePages(this.engine, this.#restored)
  }

  /** Peak heap of the present occupant above its snapshot, in bytes: how far it touched what had been free. */
  peakBytes(): number {
    const { topAddress: start, breakAddress } = this.#restored
    const present = this.engine.breakAddress
    if (present > breakAddress) return present - start
    const memory = this.engine.bytes
    // Up to the break all was zero when the call began, but for the rest of the page that the snapshot ends in.
    for (let end = pageUp(present); end > pageUp(start); end -= imagePageBytes) {
      if (memory.compare(zeros, 0, imagePageBytes, end - imagePageBytes, end) === 0) continue
      let last = end - 8
      while (memory.readInt32LE(last) === 0 && memory.readInt32LE(last + 4) === 0) last -= 8
      return last + 8 - start
    }
    return Math.max(0, this.engine.topAddress - start)
  }

  #growFor(snapshot: Snapshot, image: PageRuns | undefined): void {
    const memoryEnd = Math.max(snapshot.breakAddress, image?.breakAddress ?? 0)
    if (memoryEnd <= this.engine.bytes.length) return
    this.engine.bytes.set(snapshot.low)
    this.engine.bytes.set(snapshot.heap, snapshot.addresses.heapStart)
    this.engine.growTo(memoryEnd)
    this.#dirtyEnd = Math.max(this.#dirtyEnd, pageUp(this.engine.breakAddress))
  }

  #clearStack(memory: Buffer): void {
    const { stackStart, heapStart } = this.#restored.addresses
    const band = heapStart - stackBandBytes
    const guard = band - stackGuardBytes
    const overrun = memory.compare(zeros, 0, stackGuardBytes, guard, band) !== 0
    memory.fill(0, overrun ? stackStart : band, heapStart)
  }
}
