import type { Selectable } from "kysely"
import type { PipelineRecord } from "../../../src/model/pipeline.ts"
import type { PipelineStore } from "../../../src/ports/pipeline-storage.ts"
import type { Database } from "./database.ts"
import { toPage } from "./page.ts"
import type { Schema } from "./schema.ts"

/** The pipelines. */
export function createPipelineEntries({ kysely }: Database): Pick<PipelineStore, "save" | "find" | "list" | "remove"> {
  return {
    async save(organisation, definition, newId, at) {
      const steps = JSON.stringify(definition.steps)
      const row = await kysely
        .insertInto("inlay_pipelines")
        .values({ organisation, id: newId, name: definition.name, steps, created_at: at, updated_at: at })
        .onConflict((conflict) => conflict.columns(["organisation", "name"]).doUpdateSet({ steps, updated_at: at }))
        .returningAll()
        .executeTakeFirstOrThrow()
      return toPipelineRecord(row)
    },

    async find(organisation, name) {
      const row = await kysely
        .selectFrom("inlay_pipelines")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("name", "=", name)
        .executeTakeFirst()
      return row === undefined ? null : toPipelineRecord(row)
    },

    async list(organisation, { limit, cursor }) {
      const rows = await kysely
        .selectFrom("inlay_pipelines")
        .selectAll()
        .where("organisation", "=", organisation)
        .$if(cursor !== undefined, (query) => query.where("name", ">", cursor ?? ""))
        .orderBy("name")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toPipelineRecord, (row) => row.name)
    },

    async remove(organisation, name) {
      const removed = await kysely
        .deleteFrom("inlay_pipelines")
        .where("organisation", "=", organisation)
        .where("name", "=", name)
        .returning("id")
        .execute()
      return removed.length > 0
    },
  }
}

function toPipelineRecord(row: Selectable<Schema["inlay_pipelines"]>): PipelineRecord {
  return {
    id: row.id,
    organisation: row.organisation,
    name: row.name,
    steps: JSON.parse(row.steps),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }
}
