import type { NewJob } from "../model/job.ts"
import type { Page, PageRequest } from "../model/page.ts"

/** A value under a key: JSON text in its canonical form, keys of objects sorted. */
export interface KeyValueEntry {
  readonly key: string
  readonly json: string
}

/** A value and until when it counts. */
export interface KeyValueChange {
  readonly json: string
  /** Epoch milliseconds; null where the value stays. */
  readonly expiresAt: number | null
  readonly now: number
}

/** Values of an organisation under keys. A value whose time has come MUST count as absent, whether it was removed or not. */
export interface KeyValueStore {
  find(organisation: string, key: string, now: number): Promise<KeyValueEntry | null>
  set(organisation: string, key: string, change: KeyValueChange): Promise<void>
  /** Whether there was a value. */
  remove(organisation: string, key: string, now: number): Promise<boolean>
  /** Keys that begin with the prefix, sorted; the cursor is the last key. A page MUST end early rather than hold more than about 1 MB. */
  list(organisation: string, prefix: string, page: PageRequest, now: number): Promise<Page<KeyValueEntry>>
  /**
   * Adds a whole number in one step, from 0 where there is no value; `expiresAt` counts for a new value alone. Answers
   * null, and changes nothing, where the value is no whole number, or the sum would be beyond the safe integers.
   */
  increment(
    organisation: string,
    key: string,
    change: { readonly by: number; readonly expiresAt: number | null; readonly now: number },
  ): Promise<number | null>
  /** Sets the value in one step where the present one is `expected` (null: there is none); tells whether it did. */
  compareAndSet(organisation: string, key: string, expected: string | null, change: KeyValueChange): Promise<boolean>
  /** Removes values whose time has come, of all organisations, at most `limit`. */
  removeExpired(now: number, limit: number): Promise<void>
}

/** A JSON document. */
export interface DocumentRecord {
  readonly organisation: string
  readonly collection: string
  readonly id: string
  /** JSON text of an object. */
  readonly json: string
  /** Grows by one with each change. */
  readonly revision: number
  readonly createdAt: number
  readonly updatedAt: number
}

/**
 * Documents of an organisation, in collections that need no making. The jobs of a change MUST be put in the transaction that
 * makes it: both, or neither.
 */
export interface DocumentStore {
  find(organisation: string, collection: string, id: string): Promise<DocumentRecord | null>
  /** False, and nothing is changed, where the id is taken. */
  insert(document: Omit<DocumentRecord, "revision">, jobs?: readonly NewJob[]): Promise<boolean>
  /** False, and nothing is changed, where the document is not at `revision` any more. */
  replace(
    document: Pick<DocumentRecord, "organisation" | "collection" | "id" | "json" | "revision" | "updatedAt">,
    jobs?: readonly NewJob[],
  ): Promise<boolean>
  /** Whether there was a document, at `revision` where one is given. */
  remove(
    document: Pick<DocumentRecord, "organisation" | "collection" | "id"> & { readonly revision?: number },
    jobs?: readonly NewJob[],
  ): Promise<boolean>
  /** Sorted by id; the cursor is the last id. A page MUST end early rather than hold more than about 1 MB. */
  list(organisation: string, collection: string, page: PageRequest): Promise<Page<DocumentRecord>>
}

/** A file without its bytes. */
export interface FileRecord {
  readonly organisation: string
  readonly bucket: string
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly type: string
  readonly updatedAt: number
}

/** Files of an organisation, in buckets that need no making. The jobs of a change MUST be put in the transaction that makes it. */
export interface FileStore {
  /** Stores the file in the place of what was there. */
  save(file: FileRecord, content: Uint8Array, jobs?: readonly NewJob[]): Promise<void>
  find(organisation: string, bucket: string, path: string): Promise<FileRecord | null>
  read(organisation: string, bucket: string, path: string): Promise<Uint8Array | null>
  /** Whether there was a file. */
  remove(organisation: string, bucket: string, path: string, jobs?: readonly NewJob[]): Promise<boolean>
  /** Paths that begin with the prefix, sorted; the cursor is the last path. */
  list(organisation: string, bucket: string, prefix: string, page: PageRequest): Promise<Page<FileRecord>>
}
