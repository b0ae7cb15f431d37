import { sql, type Transaction } from "kysely"
import type { Database } from "../database.ts"
import type { Schema } from "../schema.ts"
import { giveTurns, laneName } from "./places.ts"

interface JobKey {
  readonly organisation: string
  readonly id: string
}

/** Gives delayed or held jobs their place, in the order given. */
export async function promote(
  transaction: Transaction<Schema>,
  { engine }: Database,
  keys: readonly JobKey[],
): Promise<void> {
  if (keys.length === 0) return
  const jobs = []
  for (const { organisation, id } of keys) {
    const row = await transaction
      .selectFrom("inlay_jobs")
      .select(["organisation", "id", "weight", "lane", "lane_limit"])
      .where("organisation", "=", organisation)
      .where("id", "=", id)
      .executeTakeFirstOrThrow()
    jobs.push({ ...row, lane: row.lane === null ? null : { key: row.lane, limit: row.lane_limit ?? 1 } })
  }
  const places = await giveTurns(transaction, engine, jobs)
  for (const [index, { organisation, id }] of jobs.entries()) {
    const place = places[index]
    if (!place) continue
    await transaction
      .updateTable("inlay_jobs")
      .set({ status: place.status, turn: place.turn })
      .where("organisation", "=", organisation)
      .where("id", "=", id)
      .execute()
  }
}

/** A lane in which a job has just ended. */
export interface FreedLane {
  readonly organisation: string
  readonly lane: string
}

/** Lets held jobs take the room that others have left in their lanes. */
export async function fillLanes(
  transaction: Transaction<Schema>,
  database: Database,
  freed: readonly FreedLane[],
): Promise<void> {
  const counts = new Map<string, FreedLane & { count: number }>()
  for (const { organisation, lane } of freed) {
    const name = laneName(organisation, lane)
    counts.set(name, { organisation, lane, count: (counts.get(name)?.count ?? 0) + 1 })
  }
  for (const [name, { organisation, lane, count }] of [...counts].sort(([one], [other]) => (one < other ? -1 : 1))) {
    await database.engine.lock(transaction, `lane:${name}`)
    const { rows } = await sql<JobKey>`
      select organisation, id from inlay_jobs
      where organisation = ${organisation} and lane = ${lane} and status = 'held'
      order by priority desc, id limit ${count}`.execute(transaction)
    await promote(transaction, database, rows)
  }
}
