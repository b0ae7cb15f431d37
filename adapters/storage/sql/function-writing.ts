import type { Transaction } from "kysely"
import type { Environment } from "../../../src/model/configuration.ts"
import type { FunctionRecord } from "../../../src/model/function.ts"
import type { Trigger } from "../../../src/model/trigger-declaration.ts"
import { removeUnusedBundle } from "./bundles.ts"
import type { Schema } from "./schema.ts"
import { declareTriggers, removeTriggers } from "./triggers/declare.ts"

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
  if (added.length === 0) return false
  const { organisation, id, name, triggers, createdAt } = record
  await declareTriggers(transaction, { organisation, target: { kind: "function", id, name }, triggers, at: createdAt })
  return true
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
  const updated = await transaction
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
    .returning("name")
    .executeTakeFirst()
  if (!updated || !change.triggers) return
  const target = { kind: "function", id, name: updated.name } as const
  await declareTriggers(transaction, { organisation, target, triggers: change.triggers, at: change.updatedAt })
}

/** Removes a function with all that belongs to it; answers false where there is none. */
export async function removeFunction(
  transaction: Transaction<Schema>,
  organisation: string,
  id: string,
): Promise<boolean> {
  const bundles = await transaction
    .selectFrom("inlay_versions")
    .select("bundle_hash")
    .distinct()
    .where("organisation", "=", organisation)
    .where("function_id", "=", id)
    .execute()
  const tables = ["inlay_aliases", "inlay_activations", "inlay_version_layers", "inlay_versions"] as const
  for (const table of tables) {
    await transaction.deleteFrom(table).where("organisation", "=", organisation).where("function_id", "=", id).execute()
  }
  const removed = await transaction
    .deleteFrom("inlay_functions")
    .where("organisation", "=", organisation)
    .where("id", "=", id)
    .returning("id")
    .execute()
  await removeTriggers(transaction, organisation, id)
  for (const { bundle_hash } of bundles) await removeUnusedBundle(transaction, organisation, bundle_hash)
  return removed.length > 0
}

function isRouted(triggers: readonly Trigger[]): 0 | 1 {
  return triggers.some((trigger) => trigger.type === "http") ? 1 : 0
}
