import type { IdempotencyOptions } from "../model/idempotency.ts"
import type { IngestBatch, IngestResult, IngestSource, IngestSourceInput } from "../model/ingestion.ts"
import type { Parts } from "./parts.ts"

/** Points that others have measured, and where they come from. `FN_001` where there is no source of a name. */
export interface IngestionFace {
  /**
   * Stores every point that is valid and new, whatever the others are; resolves once that is certain. Those that are not
   * valid become a dead letter. `FN_006` where it is no batch, or the idempotency key is that of another one.
   */
  ingest(batch: IngestBatch, options?: IdempotencyOptions): Promise<IngestResult>
  readonly sources: {
    /** `FN_006` where it is not valid, or its name is taken. */
    create(source: IngestSourceInput): Promise<IngestSource>
    /** Puts another in its place; what is left out is as in a new one. */
    replace(name: string, source: Omit<IngestSourceInput, "name">): Promise<IngestSource>
    /** All of them, sorted by name. */
    list(): Promise<readonly IngestSource[]>
    get(name: string): Promise<IngestSource>
    /** What came from it stays. */
    remove(name: string): Promise<void>
  }
}

/** The ingestion of one organisation. */
export function bindIngestion(
  { gate, ingestion }: Pick<Parts, "gate" | "ingestion">,
  organisation: string,
): IngestionFace {
  const { enter } = gate
  const { sources } = ingestion
  return {
    ingest: (batch, options) => enter(() => ingestion.ingest(organisation, batch, options)),
    sources: {
      create: (source) => enter(() => sources.create(organisation, source)),
      replace: (name, source) => enter(() => sources.replace(organisation, name, source)),
      list: () => sources.list(organisation),
      get: (name) => sources.get(organisation, name),
      remove: (name) => enter(() => sources.remove(organisation, name)),
    },
  }
}
