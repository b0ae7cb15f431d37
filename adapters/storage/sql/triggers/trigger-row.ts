import type { Insertable, Selectable } from "kysely"
import type { Firing, TriggerRecord } from "../../../../src/model/trigger.ts"
import type { SqlValue } from "../connection.ts"
import type { Schema } from "../schema.ts"

/** A row as a trigger. */
export function toTrigger(row: Selectable<Schema["inlay_triggers"]>): TriggerRecord {
  const nextAt = row.status === "active" ? Number(row.next_at ?? 0) : 0
  return {
    organisation: row.organisation,
    id: row.id,
    name: row.name,
    type: row.type,
    target: { kind: row.target_kind, id: row.target_id, name: row.target_name },
    configuration: JSON.parse(row.configuration),
    status: row.status,
    nextAt: nextAt === 0 ? null : nextAt,
    lastFiredAt: row.last_fired_at === null ? null : Number(row.last_fired_at),
    refused: Number(row.refused),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }
}

/** The order of the columns is that of `toFiringRow`. */
export const sampleFiringRow: Insertable<Schema["inlay_firings"]> = {
  organisation: "",
  id: "",
  trigger_id: "",
  cause: "event",
  key: null,
  scheduled_for: null,
  fired_at: 0,
  event: "null",
  outcome: "queued",
  reason: null,
  job_id: null,
  origin_id: null,
}

/** The values of a firing's row. */
export function toFiringRow(firing: Firing): readonly SqlValue[] {
  return [
    firing.organisation,
    firing.id,
    firing.triggerId,
    firing.cause,
    firing.key,
    firing.scheduledFor === null ? null : Math.round(firing.scheduledFor),
    Math.round(firing.firedAt),
    JSON.stringify(firing.event ?? null),
    firing.outcome,
    firing.reason,
    firing.jobId,
    firing.originId,
  ]
}

/** A row as a firing. */
export function toFiring(row: Selectable<Schema["inlay_firings"]>): Firing {
  return {
    organisation: row.organisation,
    id: row.id,
    triggerId: row.trigger_id,
    cause: row.cause,
    key: row.key,
    scheduledFor: row.scheduled_for === null ? null : Number(row.scheduled_for),
    firedAt: Number(row.fired_at),
    event: JSON.parse(row.event),
    outcome: row.outcome,
    reason: row.reason,
    jobId: row.job_id,
    originId: row.origin_id,
  }
}
