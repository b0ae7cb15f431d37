import type { Kysely } from "kysely"
import type { FunctionRecord } from "../../../src/model/function.ts"
import type { Page, PageRequest } from "../../../src/ports/storage.ts"
import { toPage } from "./page.ts"
import type { Schema } from "./schema.ts"

/** A function by id or name. */
export async function findFunction(
  kysely: Kysely<Schema>,
  organisation: string,
  by: "id" | "name",
  value: string,
): Promise<FunctionRecord | null> {
  const row = await selectFunctions(kysely)
    .where("inlay_functions.organisation", "=", organisation)
    .where(`inlay_functions.${by}`, "=", value)
    .executeTakeFirst()
  return row === undefined ? null : toFunctionRecord(row)
}

/** The functions of an organisation by name. */
export async function listFunctions(
  kysely: Kysely<Schema>,
  organisation: string,
  { limit, cursor }: PageRequest,
): Promise<Page<FunctionRecord>> {
  const rows = await selectFunctions(kysely)
    .where("inlay_functions.organisation", "=", organisation)
    .$if(cursor !== undefined, (query) => query.where("inlay_functions.name", ">", cursor ?? ""))
    .orderBy("inlay_functions.name")
    .limit(limit + 1)
    .execute()
  return toPage(rows, limit, toFunctionRecord, (row) => row.name)
}

/** The functions of all organisations that have an http trigger. */
export async function listRoutedFunctions(kysely: Kysely<Schema>): Promise<readonly FunctionRecord[]> {
  const rows = await selectFunctions(kysely)
    // A literal, because the index holds only the rows where it is 1.
    .where((where) => where("inlay_functions.routed", "=", where.lit(1)))
    .orderBy("inlay_functions.organisation")
    .orderBy("inlay_functions.name")
    .execute()
  return rows.map(toFunctionRecord)
}

function selectFunctions(kysely: Kysely<Schema>) {
  return kysely
    .selectFrom("inlay_functions")
    .leftJoin("inlay_activations as active", (join) =>
      join
        .onRef("active.organisation", "=", "inlay_functions.organisation")
        .onRef("active.function_id", "=", "inlay_functions.id")
        .onRef("active.position", "=", "inlay_functions.active_position"),
    )
    .select([
      "inlay_functions.organisation",
      "inlay_functions.id",
      "inlay_functions.name",
      "inlay_functions.description",
      "inlay_functions.environment",
      "inlay_functions.triggers",
      "inlay_functions.created_at",
      "inlay_functions.updated_at",
      "active.version as active_version",
    ])
}

type FunctionRow = Awaited<ReturnType<ReturnType<typeof selectFunctions>["executeTakeFirstOrThrow"]>>

function toFunctionRecord(row: FunctionRow): FunctionRecord {
  return {
    id: row.id,
    organisation: row.organisation,
    name: row.name,
    description: row.description,
    activeVersion: row.active_version,
    environment: JSON.parse(row.environment),
    triggers: JSON.parse(row.triggers),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }
}
