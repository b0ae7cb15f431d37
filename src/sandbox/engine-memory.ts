const pageBytes = 65_536
const initialPages = 256
/** Memory that is not the guest's: the 5 MB C stack, static data, and the steps by which the allocator grows. */
const overheadBytes = 7 * 1024 * 1024
/** The allocator asks for a twentieth more than it needs, and gets nothing where that is over the maximum. */
const growth = 1.06

/** The memory of one engine, whose maximum is what bounds the guest: the engine's own accounting does not hold. */
export function createEngineMemory(memoryMb: number): WebAssembly.Memory {
  const wanted = memoryMb * 1_048_576 * growth + overheadBytes
  return new WebAssembly.Memory({
    initial: initialPages,
    maximum: Math.max(initialPages, Math.ceil(wanted / pageBytes)),
  })
}
