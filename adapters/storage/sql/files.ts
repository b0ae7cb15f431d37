import type { Selectable } from "kysely"
import type { FileRecord, FileStore } from "../../../src/ports/capability-storage.ts"
import type { Database } from "./database.ts"
import { toPage } from "./page.ts"
import { afterPrefix } from "./prefix.ts"
import { changeWithJobs, type JobWriting } from "./queue/with-jobs.ts"
import type { Schema } from "./schema.ts"

const described = ["organisation", "bucket", "path", "size", "type", "updated_at"] as const

/** The files of buckets. */
export function createFileStore(database: Database, writing: JobWriting): FileStore {
  const { kysely } = database
  return {
    async save({ organisation, bucket, path, size, type, updatedAt }, content, jobs = []) {
      const columns = { content, size, type, updated_at: updatedAt }
      await changeWithJobs(database, writing, jobs, async (queries) => {
        await queries
          .insertInto("inlay_files")
          .values({ organisation, bucket, path, ...columns })
          .onConflict((conflict) => conflict.columns(["organisation", "bucket", "path"]).doUpdateSet(columns))
          .execute()
        return true
      })
    },

    async find(organisation, bucket, path) {
      const row = await kysely
        .selectFrom("inlay_files")
        .select(described)
        .where("organisation", "=", organisation)
        .where("bucket", "=", bucket)
        .where("path", "=", path)
        .executeTakeFirst()
      return row === undefined ? null : toRecord(row)
    },

    async read(organisation, bucket, path) {
      const row = await kysely
        .selectFrom("inlay_files")
        .select("content")
        .where("organisation", "=", organisation)
        .where("bucket", "=", bucket)
        .where("path", "=", path)
        .executeTakeFirst()
      return row === undefined ? null : new Uint8Array(row.content)
    },

    remove: (organisation, bucket, path, jobs = []) =>
      changeWithJobs(database, writing, jobs, async (queries) => {
        const removed = await queries
          .deleteFrom("inlay_files")
          .where("organisation", "=", organisation)
          .where("bucket", "=", bucket)
          .where("path", "=", path)
          .returning("path")
          .execute()
        return removed.length > 0
      }),

    async list(organisation, bucket, prefix, { limit, cursor }) {
      const end = afterPrefix(prefix)
      const rows = await kysely
        .selectFrom("inlay_files")
        .select(described)
        .where("organisation", "=", organisation)
        .where("bucket", "=", bucket)
        .where("path", ">=", prefix)
        .$if(end !== null, (query) => query.where("path", "<", end ?? ""))
        .$if(cursor !== undefined, (query) => query.where("path", ">", cursor ?? ""))
        .orderBy("path")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toRecord, (row) => row.path)
    },
  }
}

function toRecord(row: Omit<Selectable<Schema["inlay_files"]>, "content">): FileRecord {
  const { organisation, bucket, path, size, type } = row
  return { organisation, bucket, path, size, type, updatedAt: Number(row.updated_at) }
}
