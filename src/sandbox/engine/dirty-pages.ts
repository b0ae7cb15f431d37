import { imagePageBytes } from "./engine-layout.ts"

/** Exported by the store barrier: where the table begins. */
const dirtyMapExport = "dirty"
const pageShift = Math.log2(imagePageBytes)
const pagesPerWord = 8
/** The largest memory that an engine gets, in pages. */
const maxPages = 524_288

/** Which 4 KB pages of an engine's memory were written to, by the engine's store barrier or by the host. */
export class DirtyPages {
  readonly #memory: WebAssembly.Memory
  #address = 0
  #bytes: Uint8Array = new Uint8Array(0)
  #words: Float64Array = new Float64Array(0)

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
  }

  /** Finds the table of an instantiated engine. */
  locate(instance: WebAssembly.Instance): void {
    const global = instance.exports[dirtyMapExport] as { readonly value: number } | undefined
    if (!global)
      throw new Error(
        "Cannot use a sandbox engine without the store barrier: its WebAssembly is not the one that the build writes.",
      )
    this.#address = global.value
  }

  /** Where the table ends, as far as a memory of any size needs it. */
  get end(): number {
    return this.#address + maxPages
  }

  /** Marks what the host writes. */
  add(address: number, length: number): void {
    if (length === 0) return
    this.#table.fill(1, address >>> pageShift, ((address + length - 1) >>> pageShift) + 1)
  }

  /** Whether the page at an address was written to. */
  has(address: number): boolean {
    return this.#table[address >>> pageShift] === 1
  }

  /** Visits the runs of marked pages between two page boundaries, in order. */
  eachRun(from: number, to: number, visit: (start: number, end: number) => void): void {
    const table = this.#table
    const words = this.#words
    const last = Math.min(to >>> pageShift, table.length)
    for (let page = from >>> pageShift; page < last; page++) {
      if (page % pagesPerWord === 0) {
        // A marked byte is 1: no word of them is a negative zero or anything else that equals zero.
        while (page < last && words[page / pagesPerWord] === 0) page += pagesPerWord
        if (page >= last) return
      }
      if (table[page] === 0) continue
      const start = page
      while (page < last && table[page] !== 0) page++
      visit(start << pageShift, page << pageShift)
    }
  }

  /** Unmarks the pages between two page boundaries. */
  clear(from: number, to: number): void {
    this.#table.fill(0, from >>> pageShift, to >>> pageShift)
  }

  /** One byte for each page of the present memory, which grows. */
  get #table(): Uint8Array {
    const { buffer } = this.#memory
    if (this.#bytes.buffer !== buffer) {
      const pages = buffer.byteLength >>> pageShift
      this.#bytes = new Uint8Array(buffer, this.#address, pages)
      this.#words = new Float64Array(buffer, this.#address, pages / pagesPerWord)
    }
    return this.#bytes
  }
}
