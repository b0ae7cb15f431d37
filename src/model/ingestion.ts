import type { NewPoint } from "./metrics.ts"

/** A value that somebody else has measured and sends. */
export interface IngestPoint extends NewPoint {
  /**
   * What the source knows the point by: of the points of one source and id the first counts. Without it, a point is known by
   * its key, dimensions and `at`; one that has no `at` either is always another.
   */
  readonly id?: string
}

/** What `ingestion.ingest` takes. */
export interface IngestBatch {
  /** 1 to 1,000. */
  readonly points: readonly IngestPoint[]
  /** The name of the source that they come from. @default none: they are taken as they are */
  readonly source?: string
}

/** Why a point was not taken. */
export interface RejectedPoint {
  /** Where it stood in the batch, from 0. */
  readonly index: number
  /** The field that is wrong, such as `value` or `dimensions.host`; empty for the point as a whole. */
  readonly path: string
  readonly message: string
}

/** What became of a batch: each of its points is in one of the three. */
export interface IngestResult {
  /** How many were stored. */
  readonly accepted: number
  /** Where those stood that were stored before, or came before in the batch. */
  readonly duplicates: readonly number[]
  readonly rejected: readonly RejectedPoint[]
  /** The id under which the rejected ones become a dead letter; null where there are none. */
  readonly deadLetterId: string | null
}

/** Somebody who sends points, and what is made of them. */
export interface IngestSource {
  readonly organisation: string
  /** Also its id. */
  readonly name: string
  /** Of a source that is not, every point is rejected. */
  readonly enabled: boolean
  /** Given to all points; those that a point has win. */
  readonly dimensions: Readonly<Record<string, string>>
  /**
   * From the keys that the source sends to those that are stored. One that ends in `*` stands for all that begin so, and the
   * `*` of what it becomes for the rest; a whole key goes before a beginning, and a longer beginning before a shorter one.
   */
  readonly keys: Readonly<Record<string, string>>
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

/** A source as it is declared. */
export interface IngestSourceInput {
  /** Letters, digits, `_`, `.` and `-`. */
  readonly name: string
  /** @default true */
  readonly enabled?: boolean
  readonly dimensions?: Readonly<Record<string, string>>
  /** At most 1,000, such as `{ "node_cpu_*": "host.cpu.*", "legacy load": "host.load" }`. */
  readonly keys?: Readonly<Record<string, string>>
}
