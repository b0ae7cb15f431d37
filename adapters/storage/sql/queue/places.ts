import { sql, type Transaction } from "kysely"
import type { Schema } from "../schema.ts"

/** Whose turn it is to be, and how often the organisation comes. */
export interface Placeable {
  readonly organisation: string
  readonly weight: number
}

/**
 * Gives turns to jobs that wait, in their order. Turns are start-time fair queueing (Goyal, Vin and Cheng 1996): an
 * organisation's next job comes 1/weight after its last one that waits, and never before the turn that is being served, so
 * the organisations that have work alternate, however much of it each of them has. Where none of its jobs waits, it is not
 * known when the last one was served: who has less than the usual weight begins that much later.
 */
export async function giveTurns(
  transaction: Transaction<Schema>,
  jobs: readonly Placeable[],
): Promise<readonly number[]> {
  const { served, turns } = await readTurns(transaction, jobs)
  return jobs.map(({ organisation, weight }) => {
    const last = turns.get(organisation)
    const first = served + Math.max(0, 1 / weight - 1)
    const turn = last === undefined ? first : Math.max(first, last + 1 / weight)
    turns.set(organisation, turn)
    return turn
  })
}

/** The turn that is being served, and the last one that each organisation has. */
async function readTurns(
  transaction: Transaction<Schema>,
  jobs: readonly Placeable[],
): Promise<{ readonly served: number; readonly turns: Map<string, number> }> {
  const organisations = [...new Set(jobs.map(({ organisation }) => organisation))]
  const turns = new Map<string, number>()
  if (organisations.length === 0) return { served: 0, turns }
  const { rows } = await sql<{ served: number }>`
    select turn as served from inlay_jobs where status = 'waiting' order by turn limit 1`.execute(transaction)
  const served = rows[0]?.served ?? 0
  for (const organisation of organisations) {
    const last = await sql<{ turn: number | null }>`
      select max(turn) as turn from inlay_jobs where organisation = ${organisation} and status = 'waiting'`.execute(
      transaction,
    )
    const turn = last.rows[0]?.turn
    if (turn != null) turns.set(organisation, turn)
  }
  return { served, turns }
}
