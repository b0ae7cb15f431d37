import { sql, type Transaction } from "kysely"
import { gatesOf } from "../../../../src/model/flow.ts"
import type { Schema } from "../schema.ts"
import { type TravellerRow, toTraveller } from "./moves.ts"

/** How many places of each lane of an organisation are taken, by what its jobs say; of lanes that nobody is in, none. */
export async function countPlaces(
  transaction: Transaction<Schema>,
  organisation: string,
): Promise<ReadonlyMap<string, number>> {
  const lanes = await transaction
    .selectFrom("inlay_lanes")
    .select("lane")
    .where("organisation", "=", organisation)
    .where("places", ">", 0)
    .execute()
  const taken = new Map(lanes.map(({ lane }) => [lane, 0]))
  const { rows } = await sql<TravellerRow & { readonly status: string }>`
    select organisation, id, weight, flow, passed, status from inlay_jobs
    where organisation = ${organisation} and status in ('held', 'waiting', 'running') and flow is not null
      and leader_id is null`.execute(transaction)
  for (const row of rows) {
    const flow = toTraveller(row)?.flow
    const gates = flow ? gatesOf(flow) : []
    for (const { type, key } of row.status === "held" ? gates.slice(0, row.passed) : gates) {
      if (type === "lane") taken.set(key, (taken.get(key) ?? 0) + 1)
    }
  }
  return taken
}
