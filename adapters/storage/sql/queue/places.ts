import { sql, type Transaction } from "kysely"
import type { Lane } from "../../../../src/model/job.ts"
import type { SqlEngine } from "../engine.ts"
import type { Schema } from "../schema.ts"

/** What decides on a job's place. */
export interface Placeable {
  readonly organisation: string
  readonly lane: Lane | null
  readonly weight: number
}

/** Where a job that is due stands: waiting at its turn, or held because its lane is full. */
export interface Place {
  readonly status: "delayed" | "held" | "waiting" | "running"
  readonly turn: number
}

/** The name of a lane among all organisations. */
export function laneName(organisation: string, key: string): string {
  return `${organisation.length}:${organisation}${key}`
}

/**
 * Gives places to jobs that are due, in their order. Turns are start-time fair queueing (Goyal, Vin and Cheng 1996): an
 * organisation's next job comes 1/weight after its last one that waits, and never before the turn that is being served, so
 * the organisations that have work alternate, however much of it each of them has.
 */
export async function giveTurns(
  transaction: Transaction<Schema>,
  engine: SqlEngine,
  jobs: readonly Placeable[],
): Promise<readonly Place[]> {
  const lanes = await readLanes(transaction, engine, jobs)
  const turns = await readTurns(transaction, jobs)
  return jobs.map(({ organisation, lane, weight }) => {
    if (lane !== null) {
      const name = laneName(organisation, lane.key)
      const active = lanes.get(name) ?? 0
      if (active >= lane.limit) return { status: "held", turn: 0 }
      lanes.set(name, active + 1)
    }
    const turn = (turns.get(organisation) ?? 0) + 1 / weight
    turns.set(organisation, turn)
    return { status: "waiting", turn }
  })
}

/** How many jobs of each of the lanes wait or run; nobody else gives places in these lanes until the transaction ends. */
async function readLanes(
  transaction: Transaction<Schema>,
  engine: SqlEngine,
  jobs: readonly Placeable[],
): Promise<Map<string, number>> {
  const active = new Map<string, number>()
  const wanted = new Map<string, { readonly organisation: string; readonly key: string }>()
  for (const { organisation, lane } of jobs) {
    if (lane !== null) wanted.set(laneName(organisation, lane.key), { organisation, key: lane.key })
  }
  // In one order for everybody, so that no two wait for one another.
  for (const [name, { organisation, key }] of [...wanted].sort(([one], [other]) => (one < other ? -1 : 1))) {
    await engine.lock(transaction, `lane:${name}`)
    const row = await transaction
      .selectFrom("inlay_jobs")
      .select((columns) => columns.fn.countAll().as("count"))
      .where("organisation", "=", organisation)
      .where("lane", "=", key)
      .where(sql<boolean>`status in ('waiting', 'running')`)
      .executeTakeFirstOrThrow()
    active.set(name, Number(row.count))
  }
  return active
}

/** The turn after which each organisation's next job comes. */
async function readTurns(transaction: Transaction<Schema>, jobs: readonly Placeable[]): Promise<Map<string, number>> {
  const organisations = [...new Set(jobs.map(({ organisation }) => organisation))]
  const turns = new Map<string, number>()
  if (organisations.length === 0) return turns
  const { rows } = await sql<{ served: number }>`
    select turn as served from inlay_jobs where status = 'waiting' order by turn limit 1`.execute(transaction)
  const served = rows[0]?.served ?? 0
  for (const organisation of organisations) {
    const last = await sql<{ turn: number | null }>`
      select max(turn) as turn from inlay_jobs where organisation = ${organisation} and status = 'waiting'`.execute(
      transaction,
    )
    turns.set(organisation, Math.max(served, last.rows[0]?.turn ?? 0))
  }
  return turns
}
