import type { Selectable } from "kysely"
import type { PipelineRecord } from "../../../src/model/pipeline.ts"
import type { PipelineStore } from "../../../src/ports/pipeline-storage.ts"
import { changeRegistry, type Database } from "./database.ts"
import { toPage } from "./page.ts"
import { decideRoutes } from "./routes.ts"
import type { Schema } from "./schema.ts"
import { declareTriggers, removeTriggers } from "./triggers/declare.ts"

/** The pipelines. */
export function createPipelineEntries(database: Database): Pick<PipelineStore, "save" | "find" | "list" | "remove"> {
  const { kysely } = database
  return {
    save: (organisation, { name, steps, triggers = [] }, newId, at, checkRoutes) =>
      changeRegistry(database, organisation, async (transaction) => {
        await decideRoutes(transaction, organisation, triggers, checkRoutes)
        const written = { steps: JSON.stringify(steps), triggers: JSON.stringify(triggers), updated_at: at }
        const row = await transaction
          .insertInto("inlay_pipelines")
          .values({ organisation, id: newId, name, created_at: at, ...written })
          .onConflict((conflict) => conflict.columns(["organisation", "name"]).doUpdateSet(written))
          .returningAll()
          .executeTakeFirstOrThrow()
        const target = { kind: "pipeline", id: row.id, name } as const
        await declareTriggers(transaction, { organisation, target, triggers, at })
        return toPipelineRecord(row)
      }),

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

    remove: (organisation, name) =>
      kysely.transaction().execute(async (transaction) => {
        const removed = await transaction
          .deleteFrom("inlay_pipelines")
          .where("organisation", "=", organisation)
          .where("name", "=", name)
          .returning("id")
          .executeTakeFirst()
        if (removed === undefined) return false
        await removeTriggers(transaction, organisation, removed.id)
        return true
      }),
  }
}

function toPipelineRecord(row: Selectable<Schema["inlay_pipelines"]>): PipelineRecord {
  return {
    id: row.id,
    organisation: row.organisation,
    name: row.name,
    steps: JSON.parse(row.steps),
    triggers: JSON.parse(row.triggers),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }
}
