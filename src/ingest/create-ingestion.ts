import type { IdempotencyOptions } from "../model/idempotency.ts"
import type { IngestBatch, IngestResult } from "../model/ingestion.ts"
import type { IngestStore } from "../ports/ingest-storage.ts"
import type { DoJob } from "../ports/queue.ts"
import { createReplay } from "./replay.ts"
import { createSources, type Sources } from "./sources.ts"
import { createTake, type TakeParts } from "./take.ts"

/** What ingestion needs from the rest of the service. */
export interface IngestionOptions extends TakeParts {
  readonly store: IngestStore
}

/** Points that others have measured, and where they come from. */
export interface Ingestion {
  /**
   * Stores every point that is valid and new, whatever the others are; resolves once that is certain. `FN_006` where it is no
   * batch, or the idempotency key is that of another one; `FN_001` where there is no such source. Then nothing is stored.
   */
  ingest(organisation: string, batch: IngestBatch, options?: IdempotencyOptions): Promise<IngestResult>
  readonly sources: Sources
  /** Does the job of rejected points: it is a dead letter at first, and tries them again when it is replayed. */
  readonly work: DoJob
  /** Forgets points and keys that have gone by; answers how many. */
  expire(now: number, limit: number): Promise<number>
}

/** Creates the ingestion. */
export function createIngestion(options: IngestionOptions): Ingestion {
  const { store, now } = options
  const take = createTake(options)
  return {
    ingest: (organisation, batch, { idempotencyKey, idempotencyTtlMs } = {}) =>
      take(organisation, batch, {
        ...(idempotencyKey !== undefined && { idempotencyKey }),
        ...(idempotencyTtlMs !== undefined && { idempotencyTtlMs }),
      }),
    sources: createSources({ store, now }),
    work: createReplay({ take, now }),
    expire: store.expire,
  }
}
