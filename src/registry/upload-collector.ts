import { refuseEntry, refuseUpload } from "./upload-error.ts"
import { toPathKey } from "./upload-path.ts"

/** What one upload may hold. */
export interface UploadLimits {
  /**
   * Bytes of all files together, unpacked.
   * @default 52428800
   */
  readonly maxBytes: number
  /**
   * Bytes of one file, unpacked.
   * @default 52428800
   */
  readonly maxFileBytes: number
  /**
   * Entries, folders included.
   * @default 10000
   */
  readonly maxEntries: number
  /**
   * Unpacked bytes for one packed byte of an archive.
   * @default 100
   */
  readonly maxRatio: number
}

/** The limits where none are given. */
export const defaultUploadLimits: UploadLimits = {
  maxBytes: 50 * 1024 * 1024,
  maxFileBytes: 50 * 1024 * 1024,
  maxEntries: 10_000,
  maxRatio: 100,
}

/** The files of an upload: normalised relative posix paths to bytes. */
export type UploadFiles = ReadonlyMap<string, Uint8Array>

/** Gathers the files of one upload and refuses what goes over a limit or stands there twice. */
export interface UploadCollector {
  readonly files: UploadFiles
  /** Bytes that may still come. */
  readonly remainingBytes: number
  /** Counts one entry, whether it is kept or not. */
  count(): void
  /** Claims a normalised path before its bytes are read. */
  claim(path: string): void
  /** Keeps the bytes of a claimed path. */
  keep(path: string, bytes: Uint8Array): void
}

/** A collector with nothing in it. */
export function createUploadCollector(limits: UploadLimits): UploadCollector {
  const files = new Map<string, Uint8Array>()
  const fileKeys = new Map<string, string>()
  const folderKeys = new Set<string>()
  let entries = 0
  let bytesKept = 0

  return {
    files,
    get remainingBytes() {
      return limits.maxBytes - bytesKept
    },
    count() {
      entries++
      if (entries > limits.maxEntries) throw refuseUpload(`it has more than ${limits.maxEntries} entries`)
    },
    claim(path) {
      const key = toPathKey(path)
      const twin = fileKeys.get(key)
      if (twin === path) throw refuseEntry(path, "stands in the upload twice")
      if (twin !== undefined) throw refuseEntry(path, "differs from another entry only in letter case or Unicode form")
      if (folderKeys.has(key)) throw refuseEntry(path, "is a file and a folder at once")
      fileKeys.set(key, path)
      for (let end = key.lastIndexOf("/"); end > 0; end = key.lastIndexOf("/", end - 1)) {
        const folder = key.slice(0, end)
        if (fileKeys.has(folder)) throw refuseEntry(path, "stands below an entry that is a file")
        // Whoever added this folder has checked its parents already.
        if (folderKeys.has(folder)) break
        folderKeys.add(folder)
      }
    },
    keep(path, bytes) {
      if (bytes.length > limits.maxFileBytes) {
        throw refuseEntry(path, `unpacks to more than ${limits.maxFileBytes} bytes`)
      }
      bytesKept += bytes.length
      if (bytesKept > limits.maxBytes) {
        throw refuseEntry(path, `takes the upload over its limit of ${limits.maxBytes} bytes`)
      }
      files.set(path, bytes)
    },
  }
}
