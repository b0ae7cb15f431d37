import type { Selectable } from "kysely"
import type { DocumentRecord, DocumentStore } from "../../../src/ports/capability-storage.ts"
import type { Database } from "./database.ts"
import { toPage } from "./page.ts"
import type { Schema } from "./schema.ts"

/** The documents of collections. */
export function createDocumentStore({ kysely }: Database): DocumentStore {
  return {
    async find(organisation, collection, id) {
      const row = await kysely
        .selectFrom("inlay_documents")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("collection", "=", collection)
        .where("id", "=", id)
        .executeTakeFirst()
      return row === undefined ? null : toRecord(row)
    },

    async insert({ organisation, collection, id, json, createdAt, updatedAt }) {
      const inserted = await kysely
        .insertInto("inlay_documents")
        .values({
          organisation,
          collection,
          id,
          fields: json,
          revision: 1,
          created_at: createdAt,
          updated_at: updatedAt,
        })
        .onConflict((conflict) => conflict.columns(["organisation", "collection", "id"]).doNothing())
        .returning("id")
        .execute()
      return inserted.length > 0
    },

    async replace({ organisation, collection, id, json, revision, updatedAt }) {
      const updated = await kysely
        .updateTable("inlay_documents")
        .set({ fields: json, revision: revision + 1, updated_at: updatedAt })
        .where("organisation", "=", organisation)
        .where("collection", "=", collection)
        .where("id", "=", id)
        .where("revision", "=", revision)
        .returning("id")
        .execute()
      return updated.length > 0
    },

    async remove(organisation, collection, id) {
      const removed = await kysely
        .deleteFrom("inlay_documents")
        .where("organisation", "=", organisation)
        .where("collection", "=", collection)
        .where("id", "=", id)
        .returning("id")
        .execute()
      return removed.length > 0
    },

    async list(organisation, collection, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_documents")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("collection", "=", collection)
        .$if(cursor !== undefined, (query) => query.where("id", ">", cursor ?? ""))
        .orderBy("id")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toRecord, (row) => row.id)
    },
  }
}

function toRecord(row: Selectable<Schema["inlay_documents"]>): DocumentRecord {
  return {
    organisation: row.organisation,
    collection: row.collection,
    id: row.id,
    json: row.fields,
    revision: row.revision,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }
}
