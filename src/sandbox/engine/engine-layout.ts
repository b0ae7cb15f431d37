/** Where things are in an engine's memory. */
export interface MemoryLayout {
  /** Where the allocator keeps the end of the memory that it took. */
  readonly breakWord: number
  /** Where the allocator keeps the start of its last free chunk. */
  readonly topWord: number
  /** End of static data, start of the C stack. */
  readonly stackStart: number
  /** End of the C stack, start of the heap. */
  readonly heapStart: number
}

/** Addresses within an engine's memory that never change after boot; they fit every engine of this process. */
export interface EngineAddresses extends MemoryLayout {
  readonly runtime: number
  readonly context: number
  readonly dispatch: number
  /** Room for the arguments of one call. */
  readonly argv: number
  /** Room for a promise. */
  readonly rejection: number
}

/**
 * Where a runtime keeps the function that it calls for rejections: between its interrupt handler, which `enable` sets, and the
 * list of its jobs, which is empty and so points to itself.
 */
export function findTrackerWord(memory: WebAssembly.Memory, runtime: number, enable: () => void): number {
  const words = () => new Uint32Array(memory.buffer.slice(runtime, runtime + runtimeBytes))
  const before = words()
  enable()
  const after = words()
  const handler = after.findIndex((word, index) => word !== before[index])
  for (let index = handler + 2; handler >= 0 && index + 1 < after.length; index++) {
    const address = runtime + 4 * index
    if (after[index] !== address || after[index + 1] !== address) continue
    if (after[index - 1] === 0 && after[index - 2] === 0) return address - 8
  }
  throw new Error(
    "Cannot find where the sandbox engine tells rejections: its build is not the one that this file knows.",
  )
}

/** The unit in which images are compared and copied. */
export const imagePageBytes = 4096

/** The first page boundary at or after an address. */
export function pageUp(address: number): number {
  return (address + imagePageBytes - 1) & ~(imagePageBytes - 1)
}

const wasmPageBytes = 65_536
const probeBytes = 1_000_000
/** The first bytes of a runtime. */
const runtimeBytes = 2048
/** The C stack that the build reserves between static data and heap. */
const stackBytes = 5 * 1024 * 1024

/** What a fresh engine may have in its heap. */
const freshHeapBytes = 2 * 1024 * 1024

/** Finds the allocator's two words by watching which static words follow two allocations of known size. */
export function findLayout(
  memory: WebAssembly.Memory,
  malloc: (bytes: number) => number,
  firstAllocation: number,
): MemoryLayout {
  // The first allocation of a fresh engine stands where the heap begins, and there the C stack ends.
  const stackStart = pageUp(firstAllocation - stackBytes)
  const heapStart = firstAllocation & ~(imagePageBytes - 1)
  const heapEnd = heapStart + freshHeapBytes
  const heap = new Uint8Array(memory.buffer.slice(heapStart, heapEnd))
  const words = () => new Uint32Array(memory.buffer.slice(0, stackStart))
  const first = words()
  const firstProbe = malloc(probeBytes)
  const second = words()
  const secondProbe = malloc(2 * probeBytes)
  const third = words()
  const found: number[] = []
  for (let index = 0; index < third.length; index++) {
    const [one = 0, two = 0, three = 0] = [first[index], second[index], third[index]]
    if (one !== two && follows(one, two, probeBytes) && follows(two, three, 2 * probeBytes)) found.push(index)
  }
  const [breakIndex, topIndex] = found.sort((left, right) => (third[right] ?? 0) - (third[left] ?? 0))
  if (
    breakIndex === undefined ||
    topIndex === undefined ||
    (third[topIndex] ?? 0) < Math.max(firstProbe, secondProbe) ||
    (first[breakIndex] ?? 0) > heapEnd
  ) {
    throw new Error("Cannot find the sandbox engine's allocator: its build is not the one that this file knows.")
  }
  // The allocator never gives memory back, so the probes are undone by hand.
  const bytes = new Uint8Array(memory.buffer)
  bytes.set(new Uint8Array(first.buffer))
  bytes.set(heap, heapStart)
  bytes.fill(0, heapEnd, third[breakIndex])
  return { breakWord: breakIndex * 4, topWord: topIndex * 4, stackStart, heapStart }
}

function follows(before: number, after: number, by: number): boolean {
  return Math.abs(after - before - by) < 2 * wasmPageBytes
}
