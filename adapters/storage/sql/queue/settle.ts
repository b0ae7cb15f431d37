import { type RawBuilder, sql, type Transaction } from "kysely"
import type { Lease } from "../../../../src/model/job.ts"
import type { Settlement } from "../../../../src/ports/queue.ts"
import type { SqlValue } from "../connection.ts"
import type { Database } from "../database.ts"
import { createRowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"
import { type FreedLane, fillLanes } from "./promote.ts"

/** Settles leases within a transaction; answers those that were not heard. */
export type SettleLeases = (
  transaction: Transaction<Schema>,
  settlements: readonly Settlement[],
) => Promise<readonly Lease[]>

/** Makes what settles leases. */
export function createSettle(database: Database): SettleLeases {
  const statements = createRowStatements((rows) =>
    sql`with given (organisation, id, token, status, payload, run_at, counted, attempts, result, error, error_code, at) as (
      values ${sql.join(Array.from({ length: rows }, () => sampleRow))}
    )
    update inlay_jobs set
      status = given.status,
      payload = coalesce(given.payload, inlay_jobs.payload),
      run_at = case when inlay_jobs.hastened_to < given.run_at then inlay_jobs.hastened_to
        else coalesce(given.run_at, inlay_jobs.run_at) end,
      attempt = inlay_jobs.attempt - 1 + given.counted,
      attempts = given.attempts,
      result = given.result,
      error = given.error,
      error_code = given.error_code,
      lease_until = null,
      updated_at = given.at
    from given
    where inlay_jobs.organisation = given.organisation and inlay_jobs.id = given.id
      and inlay_jobs.token = given.token and inlay_jobs.status = 'running'
    returning inlay_jobs.organisation as organisation, inlay_jobs.id as id, inlay_jobs.lane as lane`.compile(
      database.kysely,
    ),
  )

  return async (transaction, settlements) => {
    const heard = new Set<string>()
    const freed: FreedLane[] = []
    for (const query of statements(settlements.map(toRow))) {
      const { rows } = await transaction.executeQuery<{ organisation: string; id: string; lane: string | null }>(query)
      for (const { organisation, id, lane } of rows) {
        heard.add(`${organisation}/${id}`)
        if (lane !== null) freed.push({ organisation, lane })
      }
    }
    await fillLanes(transaction, database, freed)
    return settlements.flatMap(({ lease }) => (heard.has(`${lease.job.organisation}/${lease.job.id}`) ? [] : [lease]))
  }
}

/** The types of the columns that `toRow` fills, in its order; PostgreSQL cannot tell them from parameters alone. */
const types = [
  "text",
  "text",
  "integer",
  "text",
  "text",
  "bigint",
  "integer",
  "text",
  "text",
  "text",
  "text",
  "bigint",
] as const

const sampleRow: RawBuilder<unknown> = sql`(${sql.join(types.map((type) => sql`cast(${null} as ${sql.raw(type)})`))})`

function toRow(settlement: Settlement): readonly SqlValue[] {
  const { lease, outcome, attempt, at } = settlement
  const { organisation, id } = lease.job
  const attempts = attempt ? [...lease.job.attempts, attempt] : lease.job.attempts
  const error = "error" in settlement ? settlement.error : attempt?.error
  return [
    organisation,
    id,
    lease.token,
    outcome === "again" ? "delayed" : outcome,
    outcome === "again" ? (settlement.payload ?? null) : null,
    outcome === "again" ? Math.round(settlement.runAt) : null,
    outcome === "again" && attempt === null ? 0 : 1,
    JSON.stringify(attempts),
    outcome === "succeeded" ? settlement.result : null,
    error ? JSON.stringify(error) : null,
    error?.code ?? null,
    Math.round(at),
  ]
}
