import { ask, sandbox } from "./sandbox.ts"

/** What is known of a stored file. */
export interface StoredFile {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** A media type, such as `image/jpeg`. */
  readonly type: string
  /** Epoch milliseconds. */
  readonly updatedAt: number
}

/** One file of a bucket, whether it exists or not. */
export interface BucketFile {
  /** The bytes; rejects with the code `NOT_FOUND` where there is no such file. */
  download(): Promise<Uint8Array>
  /** Stores text or bytes in the place of what was there. At most 10 MB. */
  upload(content: string | ArrayBuffer | ArrayBufferView, options?: { readonly type?: string }): Promise<StoredFile>
  /** Whether there was a file to delete. */
  delete(): Promise<boolean>
  exists(): Promise<boolean>
  /** What is known of the file; null where there is none. */
  info(): Promise<StoredFile | null>
}

/** Files under one name. */
export interface Bucket {
  file(path: string): BucketFile
  /** Files whose path begins with the prefix, sorted; `cursor` is the path after which to begin. */
  list(
    prefix?: string,
    options?: { readonly limit?: number; readonly cursor?: string },
  ): Promise<{ readonly items: readonly StoredFile[]; readonly next: string | null }>
}

/** Files of the organisation. */
export interface FileStorage {
  bucket(name: string): Bucket
}

/** Files of the organisation. */
export const storage: FileStorage = {
  bucket: (bucket) => ({
    file: (path) => toFile({ bucket, path }),
    list: (prefix = "", options = {}) =>
      ask("storage", "list", { bucket, prefix, limit: options.limit, cursor: options.cursor }),
  }),
}

function toFile(place: { readonly bucket: string; readonly path: string }): BucketFile {
  const info = () => ask<StoredFile | null>("storage", "info", place)
  return {
    async download() {
      return (await sandbox("storage").callCapability("storage", "download", place)).bytes ?? new Uint8Array()
    },
    async upload(content, options) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
      const input = { ...place, type: options?.type }
      return (await sandbox("storage").callCapability("storage", "upload", input, bytes)).output as StoredFile
    },
    delete: () => ask("storage", "delete", place),
    exists: async () => (await info()) !== null,
    info,
  }
}
