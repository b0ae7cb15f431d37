import { sql, type Transaction } from "kysely"
import type { InvocationError } from "../../../../src/model/invocation.ts"
import type { Schema } from "../schema.ts"
import type { TravellerRow } from "./moves.ts"

const error: InvocationError = {
  code: "FN_004",
  name: "FunctionsError",
  message: "Cannot go on: the flow that the call was accepted with cannot be read. Call again.",
  stack: "",
}

/** Ends jobs whose flow cannot be read, with those that were gathered into them: nothing else waits for them then. */
export async function bury(
  transaction: Transaction<Schema>,
  jobs: readonly Pick<TravellerRow, "organisation" | "id">[],
  now: number,
): Promise<void> {
  for (const { organisation, id } of jobs) {
    await sql`
      update inlay_jobs set status = 'failed', lane = null, error = ${JSON.stringify(error)},
        error_code = ${error.code}, updated_at = ${Math.round(now)}
      where organisation = ${organisation} and (id = ${id} or leader_id = ${id}) and status in ('held', 'delayed')`.execute(
      transaction,
    )
  }
}
