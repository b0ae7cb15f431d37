import { type Selectable, sql } from "kysely"
import type { DocumentRecord, DocumentStore } from "../../../src/ports/capability-storage.ts"
import type { Database } from "./database.ts"
import { maxPageBytes, toPage } from "./page.ts"
import { changeWithJobs, type JobWriting } from "./queue/with-jobs.ts"
import type { Schema } from "./schema.ts"

/** The documents of collections. */
export function createDocumentStore(database: Database, writing: JobWriting): DocumentStore {
  const { kysely } = database
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

    insert: ({ organisation, collection, id, json, createdAt, updatedAt }, jobs = []) =>
      changeWithJobs(database, writing, jobs, async (queries) => {
        const inserted = await queries
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
      }),

    replace: ({ organisation, collection, id, json, revision, updatedAt }, jobs = []) =>
      changeWithJobs(database, writing, jobs, async (queries) => {
        const updated = await queries
          .updateTable("inlay_documents")
          .set({ fields: json, revision: revision + 1, updated_at: updatedAt })
          .where("organisation", "=", organisation)
          .where("collection", "=", collection)
          .where("id", "=", id)
          .where("revision", "=", revision)
          .returning("id")
          .execute()
        return updated.length > 0
      }),

    remove: ({ organisation, collection, id, revision }, jobs = []) =>
      changeWithJobs(database, writing, jobs, async (queries) => {
        const removed = await queries
          .deleteFrom("inlay_documents")
          .where("organisation", "=", organisation)
          .where("collection", "=", collection)
          .where("id", "=", id)
          .$if(revision !== undefined, (query) => query.where("revision", "=", revision ?? 0))
          .returning("id")
          .execute()
        return removed.length > 0
      }),

    async list(organisation, collection, { limit, cursor }) {
      const rows = await kysely
        .with("sized", (query) =>
          query
            .selectFrom("inlay_documents")
            .select(["id", sql<number>`octet_length(fields)`.as("size")])
            .where("organisation", "=", organisation)
            .where("collection", "=", collection)
            .$if(cursor !== undefined, (later) => later.where("id", ">", cursor ?? ""))
            .orderBy("id")
            .limit(limit + 1),
        )
        .with("page", (query) =>
          query.selectFrom("sized").select(["id", sql<number>`sum(size) over (order by id) - size`.as("before")]),
        )
        .selectFrom("page")
        .innerJoin("inlay_documents as kept", "kept.id", "page.id")
        .selectAll("kept")
        .select((query) => query.selectFrom("sized").select(query.fn.countAll().as("count")).as("found"))
        .where("kept.organisation", "=", organisation)
        .where("kept.collection", "=", collection)
        .where("page.before", "<", maxPageBytes)
        .orderBy("page.id")
        .execute()
      return toPage(rows, limit, toRecord, (row) => row.id, Number(rows[0]?.found ?? 0))
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
