import type { Engine } from "./engine.ts"
import { imagePageBytes, pageUp } from "./engine-layout.ts"
import { type BaseSnapshot, capturePages, type PageRuns, writePages } from "./snapshot.ts"

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
  readonly #base: BaseSnapshot
  /** Whose bytes may still stand outside the snapshot. */
  #owner: string | undefined
  #restored: PageRuns | undefined
  /** Nothing but zeros from here to the end of memory. */
  #dirtyEnd: number
  /** An exception of the host left the engine's stack pointer astray. */
  broken = false

  constructor(engine: Engine, base: BaseSnapshot) {
    this.engine = engine
    this.#base = base
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
   * Writes a snapshot back. Every byte of the heap beyond it becomes zero, and where another organisation ran last,
   * the C stack too: nothing of the last occupant is left.
   */
  restore(organisation: string, version: PageRuns | undefined, image?: PageRuns): void {
    const memoryEnd = Math.max(version?.breakAddress ?? 0, image?.breakAddress ?? 0)
    if (memoryEnd > this.engine.bytes.length) this.engine.growTo(memoryEnd)
    this.#dirtyEnd = Math.max(this.#dirtyEnd, pageUp(this.engine.breakAddress))
    const memory = this.engine.bytes
    const { heapStart } = this.#base.addresses
    if (this.#owner !== undefined && this.#owner !== organisation) this.#clearStack(memory)
    memory.set(this.#base.low)
    memory.set(this.#base.heap, heapStart)
    memory.fill(0, heapStart + this.#base.heap.length, Math.min(this.#dirtyEnd, memory.length))
    if (version) writePages(memory, version)
    if (image) writePages(memory, image)
    this.#owner = organisation
    this.#restored = version
    this.#dirtyEnd = pageUp(Math.max(this.engine.breakAddress, this.#base.breakAddress))
  }

  /** The pages of the present occupant, against the version that it was restored to. */
  capture(): PageRuns {
    return capturePages(this.engine, this.#base, this.#restored)
  }

  /** Peak heap of the present occupant above its snapshot, in bytes: how far it touched what had been free. */
  peakBytes(): number {
    const { topAddress: start, breakAddress } = this.#restored ?? this.#base
    const present = this.engine.breakAddress
    if (present > breakAddress) return present - start
    const memory = this.engine.bytes
    // Up to the break all was zero when the call began, but for the rest of the page that the snapshot ends in.
    for (let end = pageUp(present); end > start; end -= imagePageBytes) {
      const page = Math.max(start, end - imagePageBytes)
      if (memory.compare(zeros, 0, end - page, page, end) === 0) continue
      const last = memory.subarray(page, end).findLastIndex((byte) => byte !== 0)
      return Math.max(0, this.engine.topAddress - start, page === start ? 0 : page + last + 1 - start)
    }
    return 0
  }

  #clearStack(memory: Buffer): void {
    const { stackStart, heapStart } = this.#base.addresses
    const band = heapStart - stackBandBytes
    const guard = band - stackGuardBytes
    const overrun = memory.compare(zeros, 0, stackGuardBytes, guard, band) !== 0
    memory.fill(0, overrun ? stackStart : band, heapStart)
  }
}
