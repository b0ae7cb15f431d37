import type { Transaction } from "kysely"
import { nameTriggers, type TriggerTarget } from "../../../../src/model/trigger.ts"
import { isSchedule, type Trigger } from "../../../../src/model/trigger-declaration.ts"
import { newId } from "../../../../src/util/id.ts"
import type { Schema } from "../schema.ts"

/** What a function or a pipeline declares from now on. */
export interface Declaration {
  readonly organisation: string
  readonly target: TriggerTarget
  readonly triggers: readonly Trigger[]
  readonly at: number
}

/** The `next_at` of a schedule whose next time is not worked out yet: it is due, so somebody does. */
export const toBePlanned = 0

/** Makes the rows those of the declaration. What has the same name is the same trigger, and is left alone where nothing of it changed. */
export async function declareTriggers(
  transaction: Transaction<Schema>,
  { organisation, target, triggers, at }: Declaration,
): Promise<void> {
  const rows = await transaction
    .selectFrom("inlay_triggers")
    .select(["id", "name", "configuration"])
    .where("organisation", "=", organisation)
    .where("target_id", "=", target.id)
    .execute()
  const known = new Map(rows.map((row) => [row.name, row]))
  for (const { name, configuration } of nameTriggers(triggers)) {
    const row = known.get(name)
    known.delete(name)
    const text = JSON.stringify(configuration)
    if (row?.configuration === text) continue
    const isEnabled = configuration.enabled ?? true
    const status = isEnabled ? ("active" as const) : ("paused" as const)
    const changed = {
      type: configuration.type,
      configuration: text,
      next_at: isSchedule(configuration) ? toBePlanned : null,
      updated_at: at,
    }
    if (row === undefined) {
      const { kind, id: target_id, name: target_name } = target
      const born = { organisation, id: newId(at), name, target_kind: kind, target_id, target_name, created_at: at }
      await transaction
        .insertInto("inlay_triggers")
        .values({ ...born, ...changed, status, last_fired_at: null, refused: 0 })
        .execute()
      continue
    }
    const wasEnabled = (JSON.parse(row.configuration) as { readonly enabled?: boolean }).enabled ?? true
    await transaction
      .updateTable("inlay_triggers")
      .set({ ...changed, ...(wasEnabled !== isEnabled && { status }) })
      .where("organisation", "=", organisation)
      .where("id", "=", row.id)
      .execute()
  }
  for (const { id } of known.values()) {
    await transaction
      .deleteFrom("inlay_triggers")
      .where("organisation", "=", organisation)
      .where("id", "=", id)
      .execute()
  }
}

/** Removes all triggers of a function or a pipeline; what they fired stays. */
export async function removeTriggers(
  transaction: Transaction<Schema>,
  organisation: string,
  targetId: string,
): Promise<void> {
  await transaction
    .deleteFrom("inlay_triggers")
    .where("organisation", "=", organisation)
    .where("target_id", "=", targetId)
    .execute()
}
