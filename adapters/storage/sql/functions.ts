import type { Kysely, Transaction } from "kysely"
import type { Environment, Trigger } from "../../../src/model/configuration.ts"
import type { FunctionRecord } from "../../../src/model/function.ts"
import type { FunctionStore } from "../../../src/ports/storage.ts"
import { changeRegistry, type Database } from "./database.ts"
import { toPage } from "./page.ts"
import type { Schema } from "./schema.ts"

/** Functions themselves: adding, finding, changing, removing. */
export function createFunctionEntries(
  database: Database,
): Pick<
  FunctionStore,
  "create" | "findByName" | "findById" | "list" | "listRouted" | "update" | "changeEnvironment" | "remove"
> {
  const { kysely } = database
  return {
    create: (record) =>
      changeRegistry(database, record.organisation, async (transaction) => {
        const added = await insertFunction(transaction, record)
        return added ? await findFunction(transaction, record.organisation, "id", record.id) : null
      }),

    findByName: (organisation, name) => findFunction(kysely, organisation, "name", name),
    findById: (organisation, id) => findFunction(kysely, organisation, "id", id),

    async list(organisation, { limit, cursor }) {
      const rows = await selectFunctions(kysely)
        .where("inlay_functions.organisation", "=", organisation)
        .$if(cursor !== undefined, (query) => query.where("inlay_functions.name", ">", cursor ?? ""))
        .orderBy("inlay_functions.name")
        .limit(limit + 1)
        .execute()
      return toPage(rows, limit, toFunctionRecord, (row) => row.name)
    },

    async listRouted() {
      const rows = await selectFunctions(kysely)
        // A literal, because the index holds only the rows where it is 1.
        .where((where) => where("inlay_functions.routed", "=", where.lit(1)))
        .orderBy("inlay_functions.organisation")
        .orderBy("inlay_functions.name")
        .execute()
      return rows.map(toFunctionRecord)
    },

    update: (organisation, id, change) =>
      changeRegistry(database, organisation, async (transaction) => {
        await updateFunction(transaction, organisation, id, change)
        return await findFunction(transaction, organisation, "id", id)
      }),

    changeEnvironment: (organisation, id, change, updatedAt) =>
      changeRegistry(database, organisation, async (transaction) => {
        const found = await findFunction(transaction, organisation, "id", id)
        if (found === null) return null
        const environment = mergeEnvironment(found.environment, change)
        await updateFunction(transaction, organisation, id, { environment, updatedAt })
        return { ...found, environment, updatedAt }
      }),

    remove: (organisation, id) =>
      changeRegistry(database, organisation, async (transaction) => {
        const bundles = await transaction
          .selectFrom("inlay_versions")
          .select("bundle_hash")
          .distinct()
          .where("organisation", "=", organisation)
          .where("function_id", "=", id)
          .execute()
        for (const table of ["inlay_aliases", "inlay_activations", "inlay_versions"] as const) {
          await transaction
            .deleteFrom(table)
            .where("organisation", "=", organisation)
            .where("function_id", "=", id)
            .execute()
        }
        const removed = await transaction
          .deleteFrom("inlay_functions")
          .where("organisation", "=", organisation)
          .where("id", "=", id)
          .returning("id")
          .execute()
        for (const { bundle_hash } of bundles) await removeUnusedBundle(transaction, organisation, bundle_hash)
        return removed.length > 0
      }),
  }
}

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

/** Adds a function that has no active version; answers false, and changes nothing, where its name is taken. */
export async function insertFunction(transaction: Transaction<Schema>, record: FunctionRecord): Promise<boolean> {
  const added = await transaction
    .insertInto("inlay_functions")
    .values({
      organisation: record.organisation,
      id: record.id,
      name: record.name,
      description: record.description,
      environment: JSON.stringify(record.environment),
      triggers: JSON.stringify(record.triggers),
      routed: isRouted(record.triggers),
      active_position: null,
      created_at: record.createdAt,
      updated_at: record.updatedAt,
    })
    .onConflict((conflict) => conflict.columns(["organisation", "name"]).doNothing())
    .returning("id")
    .execute()
  return added.length > 0
}

/** Changes the parts of a function that are given. */
export async function updateFunction(
  transaction: Transaction<Schema>,
  organisation: string,
  id: string,
  change: {
    readonly environment?: Environment | undefined
    readonly triggers?: readonly Trigger[] | undefined
    readonly description?: string | null | undefined
    readonly activePosition?: number | undefined
    readonly updatedAt: number
  },
): Promise<void> {
  await transaction
    .updateTable("inlay_functions")
    .set({
      updated_at: change.updatedAt,
      ...(change.environment && { environment: JSON.stringify(change.environment) }),
      ...(change.triggers && { triggers: JSON.stringify(change.triggers), routed: isRouted(change.triggers) }),
      ...(change.description !== undefined && { description: change.description }),
      ...(change.activePosition !== undefined && { active_position: change.activePosition }),
    })
    .where("organisation", "=", organisation)
    .where("id", "=", id)
    .execute()
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

function isRouted(triggers: readonly Trigger[]): 0 | 1 {
  return triggers.some((trigger) => trigger.type === "http") ? 1 : 0
}

function mergeEnvironment(environment: Environment, change: Readonly<Record<string, string | null>>): Environment {
  const merged = new Map<string, string | null>([...Object.entries(environment), ...Object.entries(change)])
  return Object.fromEntries([...merged].filter((entry): entry is [string, string] => entry[1] !== null))
}

async function removeUnusedBundle(transaction: Transaction<Schema>, organisation: string, hash: string): Promise<void> {
  await transaction
    .deleteFrom("inlay_bundles")
    .where("organisation", "=", organisation)
    .where("hash", "=", hash)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("inlay_versions")
            .select("number")
            .where("organisation", "=", organisation)
            .where("bundle_hash", "=", hash),
        ),
      ),
    )
    .execute()
}
