import type { Selectable } from "kysely"
import type { AliasRecord } from "../../../src/model/function.ts"
import type { FunctionStore } from "../../../src/ports/storage.ts"
import { changeRegistry, type Database } from "./database.ts"
import type { Schema } from "./schema.ts"
import { findVersion } from "./versions.ts"

/** Aliases of versions. */
export function createAliasEntries(
  database: Database,
): Pick<FunctionStore, "setAlias" | "findAlias" | "listAliases" | "removeAlias"> {
  const { kysely } = database
  return {
    setAlias: ({ organisation, functionId, alias, version, updatedAt }) =>
      changeRegistry(database, organisation, async (transaction) => {
        if ((await findVersion(transaction, organisation, functionId, version)) === null) return false
        await transaction
          .insertInto("inlay_aliases")
          .values({ organisation, function_id: functionId, alias, version, updated_at: updatedAt })
          .onConflict((conflict) =>
            conflict.columns(["organisation", "function_id", "alias"]).doUpdateSet({ version, updated_at: updatedAt }),
          )
          .execute()
        return true
      }),

    async findAlias(organisation, functionId, alias) {
      const row = await kysely
        .selectFrom("inlay_aliases")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("function_id", "=", functionId)
        .where("alias", "=", alias)
        .executeTakeFirst()
      return row === undefined ? null : toAliasRecord(row)
    },

    async listAliases(organisation, functionId) {
      const rows = await kysely
        .selectFrom("inlay_aliases")
        .selectAll()
        .where("organisation", "=", organisation)
        .where("function_id", "=", functionId)
        .orderBy("alias")
        .execute()
      return rows.map(toAliasRecord)
    },

    async removeAlias(organisation, functionId, alias) {
      const removed = await kysely
        .deleteFrom("inlay_aliases")
        .where("organisation", "=", organisation)
        .where("function_id", "=", functionId)
        .where("alias", "=", alias)
        .returning("alias")
        .execute()
      return removed.length > 0
    },
  }
}

function toAliasRecord(row: Selectable<Schema["inlay_aliases"]>): AliasRecord {
  return {
    functionId: row.function_id,
    organisation: row.organisation,
    alias: row.alias,
    version: row.version,
    updatedAt: Number(row.updated_at),
  }
}
