import type { IngestSource } from "../model/ingestion.ts"
import type { Idempotency, NewJob } from "../model/job.ts"
import type { MetricWindow, SeenSeries } from "./metric-storage.ts"

/** What a point is known by, so that it counts once. */
export interface PointMark {
  /** The same for the same point, of one organisation; no two marks of a batch have the same. */
  readonly id: string
  /** The same for the same content. */
  readonly content: string
  /** Epoch milliseconds: from then on it need not be known. */
  readonly until: number
}

/** Whether a point is stored for the first time, is stored already, or its mark is that of another one. */
export type MarkState = "new" | "known" | "taken"

/** What is stored of a batch. */
export interface IngestChange {
  /** JSON text; what a repetition under the same idempotency key is answered. */
  readonly answer: string
  readonly windows: readonly MetricWindow[]
  /** Those that the storage may not know yet. */
  readonly series: readonly SeenSeries[]
  readonly jobs: readonly NewJob[]
}

/** What became of a batch: stored, or stored before under this key, or the key is that of another batch. */
export type IngestOutcome =
  | { readonly outcome: "stored" | "known"; readonly answer: string }
  | { readonly outcome: "conflict" }

/** Points that come from outside, and their sources. */
export interface IngestStore {
  /**
   * Stores a batch in one transaction: its idempotency key, the marks that are new, and what `change` makes of their states,
   * which are in the order of the marks. Where the key is there already, MUST change nothing and not call `change`. Of two
   * batches with one mark, MUST find it new for one of them. What has gone by at `now` MUST count as if it were not there.
   */
  store(
    batch: {
      readonly organisation: string
      readonly idempotency: Idempotency | null
      readonly marks: readonly PointMark[]
      /** Epoch milliseconds. */
      readonly now: number
    },
    change: (states: readonly MarkState[]) => IngestChange,
  ): Promise<IngestOutcome>
  /** Removes at most `limit` marks, and as many keys, that have gone by; answers how many of either, the larger number. */
  expire(now: number, limit: number): Promise<number>

  /** Adds a source. MUST answer false, and change nothing, where the organisation has one of the name. */
  addSource(source: IngestSource): Promise<boolean>
  /** Puts it in the place of the one of its name, but for `createdAt`; null where there is none. */
  replaceSource(source: IngestSource): Promise<IngestSource | null>
  findSource(organisation: string, name: string): Promise<IngestSource | null>
  /** All of the organisation, sorted by name. */
  listSources(organisation: string): Promise<readonly IngestSource[]>
  removeSource(organisation: string, name: string): Promise<boolean>
}
