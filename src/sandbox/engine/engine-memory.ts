import { DirtyPages } from "./dirty-pages.ts"

const pageBytes = 65_536
const initialPages = 256
/** What the memory of a new engine has. */
export const initialBytes: number = initialPages * pageBytes
/** Memory that is not the guest's: the 5 MB C stack, static data, and the steps by which the allocator grows. */
const overheadBytes = 7 * 1024 * 1024
/** The allocator asks for a twentieth more than it needs, and gets nothing where that is over the maximum. */
const growth = 1.06

/** The memory of one engine, whose maximum is what bounds the guest: the engine's own accounting does not hold. */
export class EngineMemory {
  readonly object: WebAssembly.Memory
  readonly dirtyPages: DirtyPages
  #view: Buffer

  constructor(memoryMb: number) {
    const wanted = memoryMb * 1_048_576 * growth + overheadBytes
    const maximum = Math.max(initialPages, Math.ceil(wanted / pageBytes))
    this.object = new WebAssembly.Memory({ initial: initialPages, maximum })
    this.dirtyPages = new DirtyPages(this.object)
    this.#view = Buffer.from(this.object.buffer)
  }

  /** All of it. Valid until it grows and moves. */
  get bytes(): Buffer {
    if (this.#view.buffer !== this.object.buffer) this.#view = Buffer.from(this.object.buffer)
    return this.#view
  }

  /** All of it, to be written to at an address: the host's writes pass no store barrier. */
  toWrite(address: number, length: number): Buffer {
    this.dirtyPages.add(address, length)
    return this.bytes
  }
}
