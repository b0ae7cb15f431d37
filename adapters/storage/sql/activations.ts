import type { Kysely, Selectable, Transaction } from "kysely"
import type { ActivationReason, ActivationRecord } from "../../../src/model/function.ts"
import type { Schema } from "./schema.ts"

/** An entry of a function's history: its place, and the place that a roll back from here goes to. */
export interface Activation {
  readonly position: number
  readonly version: number
  readonly previous: number | null
}

/** The activation that is in force, or the one at a position. */
export async function readActive(
  transaction: Transaction<Schema>,
  organisation: string,
  functionId: string,
  position?: number,
): Promise<Activation | null> {
  const row = await transaction
    .selectFrom("inlay_functions as function")
    .innerJoin("inlay_activations as activation", (join) =>
      join
        .onRef("activation.organisation", "=", "function.organisation")
        .onRef("activation.function_id", "=", "function.id"),
    )
    .select(["activation.position", "activation.version", "activation.previous"])
    .where("function.organisation", "=", organisation)
    .where("function.id", "=", functionId)
    .$if(position !== undefined, (query) => query.where("activation.position", "=", position ?? 0))
    .$if(position === undefined, (query) => query.whereRef("activation.position", "=", "function.active_position"))
    .executeTakeFirst()
  return row ?? null
}

/** Adds the next entry of a function's history. The caller holds the registry of the organisation. */
export async function insertActivation(
  transaction: Transaction<Schema>,
  entry: {
    readonly organisation: string
    readonly functionId: string
    readonly activationId: string
    readonly version: number
    readonly reason: ActivationReason
    readonly actor: string
    readonly at: number
  },
  previous: number | null,
): Promise<{ readonly position: number; readonly record: ActivationRecord }> {
  const { organisation, functionId, version, reason, actor, at } = entry
  const last = await transaction
    .selectFrom("inlay_activations")
    .select("position")
    .where("organisation", "=", organisation)
    .where("function_id", "=", functionId)
    .orderBy("position", "desc")
    .limit(1)
    .executeTakeFirst()
  const position = (last?.position ?? 0) + 1
  const row = await transaction
    .insertInto("inlay_activations")
    .values({
      organisation,
      function_id: functionId,
      position,
      id: entry.activationId,
      version,
      previous,
      reason,
      actor,
      at,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { position, record: toActivationRecord(row) }
}

/** The history of a function, newest first. */
export async function listActivations(
  kysely: Kysely<Schema>,
  organisation: string,
  functionId: string,
): Promise<readonly ActivationRecord[]> {
  const rows = await kysely
    .selectFrom("inlay_activations")
    .selectAll()
    .where("organisation", "=", organisation)
    .where("function_id", "=", functionId)
    .orderBy("position", "desc")
    .execute()
  return rows.map(toActivationRecord)
}

function toActivationRecord(row: Selectable<Schema["inlay_activations"]>): ActivationRecord {
  return {
    id: row.id,
    functionId: row.function_id,
    organisation: row.organisation,
    version: row.version,
    reason: row.reason,
    actor: row.actor,
    at: Number(row.at),
  }
}
