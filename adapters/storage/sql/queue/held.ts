import { sql, type Transaction } from "kysely"
import { gatesOf } from "../../../../src/model/flow.ts"
import type { Schema } from "../schema.ts"
import { bury } from "./bury.ts"
import { type Traveller, type TravellerRow, toTraveller } from "./moves.ts"

/** What a lane holds. */
export interface Held {
  /** In the order in which they go on. */
  readonly travellers: readonly Traveller[]
  /** How many were found whose flow does not lead through the lane; they have ended. */
  readonly buried: number
}

/** The first of those that a lane holds. */
export async function selectHeld(
  transaction: Transaction<Schema>,
  organisation: string,
  lane: string,
  count: number,
  now: number,
): Promise<Held> {
  let buried = 0
  for (;;) {
    const { rows } = await sql<TravellerRow>`
      select organisation, id, weight, flow, passed from inlay_jobs
      where organisation = ${organisation} and lane = ${lane} and status = 'held'
      order by priority desc, id limit ${count}`.execute(transaction)
    const travellers = rows.flatMap((row) => toHeld(row, lane) ?? [])
    const lost = rows.filter(({ id }) => !travellers.some((one) => one.id === id))
    if (lost.length === 0) return { travellers, buried }
    await bury(transaction, lost, now)
    buried += lost.length
  }
}

/** The traveller of a row that a lane holds; null where its flow does not lead through it. */
export function toHeld(row: TravellerRow, lane: string): Traveller | null {
  const traveller = toTraveller(row)
  return traveller?.flow && gatesOf(traveller.flow)[traveller.passed]?.key === lane ? traveller : null
}
