/** A document as functions see it: its fields, and its id. */
export type DocumentFields = Readonly<Record<string, unknown>>

/** Something that changed in a collection. */
export interface DocumentChange {
  readonly kind: "document"
  readonly operation: "create" | "update" | "delete"
  readonly collection: string
  readonly id: string
  /** As it is now; of one that was deleted, as it was. */
  readonly document: DocumentFields
  /** As it was; absent where it is new. */
  readonly before?: DocumentFields
}

/** Something that changed in a bucket. */
export interface FileChange {
  readonly kind: "file"
  readonly operation: "upload" | "delete"
  readonly bucket: string
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly type: string
  /** Epoch milliseconds. */
  readonly updatedAt: number
}

/** What the capabilities tell of what they keep. */
export type DataChange = DocumentChange | FileChange
