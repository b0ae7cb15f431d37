import type { IngestSource } from "../../../../src/model/ingestion.ts"
import type { IngestStore } from "../../../../src/ports/ingest-storage.ts"
import type { Database } from "../database.ts"

/** Sources of points. */
export function createIngestSourceEntries({
  kysely,
}: Database): Pick<IngestStore, "addSource" | "replaceSource" | "findSource" | "listSources" | "removeSource"> {
  const select = (organisation: string) =>
    kysely
      .selectFrom("inlay_ingest_sources")
      .select(["source", "created_at", "updated_at"])
      .where("organisation", "=", organisation)

  return {
    async addSource(source) {
      const { organisation, name, createdAt, updatedAt } = source
      const rows = await kysely
        .insertInto("inlay_ingest_sources")
        .values({
          organisation,
          name,
          source: JSON.stringify(toStored(source)),
          created_at: Math.round(createdAt),
          updated_at: Math.round(updatedAt),
        })
        .onConflict((conflict) => conflict.columns(["organisation", "name"]).doNothing())
        .returning("name")
        .execute()
      return rows.length > 0
    },

    async replaceSource(source) {
      const { organisation, name, updatedAt } = source
      const [row] = await kysely
        .updateTable("inlay_ingest_sources")
        .set({ source: JSON.stringify(toStored(source)), updated_at: Math.round(updatedAt) })
        .where("organisation", "=", organisation)
        .where("name", "=", name)
        .returning(["source", "created_at", "updated_at"])
        .execute()
      return row === undefined ? null : toSource(organisation, row)
    },

    async findSource(organisation, name) {
      const row = await select(organisation).where("name", "=", name).executeTakeFirst()
      return row === undefined ? null : toSource(organisation, row)
    },

    async listSources(organisation) {
      const rows = await select(organisation).orderBy("name").execute()
      return rows.map((row) => toSource(organisation, row))
    },

    async removeSource(organisation, name) {
      const removed = await kysely
        .deleteFrom("inlay_ingest_sources")
        .where("organisation", "=", organisation)
        .where("name", "=", name)
        .returning("name")
        .execute()
      return removed.length > 0
    },
  }
}

type Stored = Pick<IngestSource, "name" | "enabled" | "dimensions" | "keys">

interface SourceRow {
  readonly source: string
  readonly created_at: number | string | bigint
  readonly updated_at: number | string | bigint
}

function toStored({ name, enabled, dimensions, keys }: IngestSource): Stored {
  return { name, enabled, dimensions, keys }
}

function toSource(organisation: string, row: SourceRow): IngestSource {
  const stored = JSON.parse(row.source) as Stored
  return { organisation, ...stored, createdAt: Number(row.created_at), updatedAt: Number(row.updated_at) }
}
