import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { EngineAddresses } from "./engine-layout.ts"
import type { Snapshot } from "./snapshot.ts"

/** What the file begins with, as JSON after its length; the bytes follow. */
interface Head {
  readonly addresses: EngineAddresses
  readonly breakAddress: number
  readonly topAddress: number
  /** How many of the bytes are static data; the others are the heap. */
  readonly lowBytes: number
}

const lengthBytes = 4

/**
 * Reads the base snapshot that the build has booted, into memory that all threads share: it fits every process with the same
 * engine, and booting the guest's web APIs takes longer than all else of a start.
 */
export function readBaseImage(): Snapshot {
  const file = readFileSync(createRequire(import.meta.url).resolve("#base-image"))
  const headEnd = lengthBytes + file.readUInt32LE()
  const { lowBytes, ...head } = JSON.parse(file.toString("utf8", lengthBytes, headEnd)) as Head
  const bytes = new Uint8Array(new SharedArrayBuffer(file.length - headEnd))
  bytes.set(file.subarray(headEnd))
  return {
    ...head,
    low: bytes.subarray(0, lowBytes),
    heap: bytes.subarray(lowBytes),
    own: undefined,
    difference: undefined,
  }
}
