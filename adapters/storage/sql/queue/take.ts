import { type Selectable, sql, type Transaction } from "kysely"
import type { Lease } from "../../../../src/model/job.ts"
import type { TakeRequest, TakeResult } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import { createRowStatements, type RowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"
import { toJob } from "./job-row.ts"
import { chooseByPriority } from "./priorities.ts"
import { promote } from "./promote.ts"

/** Makes what leases jobs. Where nothing is due, it only reads. */
export function createTake(database: Database): (request: TakeRequest) => Promise<TakeResult> {
  const statements = createLeaseStatements(database)
  return async ({ limit, leaseMs, now }) => {
    const { isAnything, nextAt } = await look(database, now)
    if (!isAnything || limit <= 0) return { leases: [], nextAt }
    const leases = await database.kysely.transaction().execute(async (transaction) => {
      await promoteDelayed(transaction, database, now, limit)
      const expired = await selectExpired(transaction, database, now, limit)
      const chosen = await chooseByPriority(transaction, database, limit - expired.length)
      return await lease(transaction, statements, [...expired, ...chosen], now, now + leaseMs)
    })
    return { leases, nextAt }
  }
}

/** Whether there is anything to take at `now`, and when the next thing will be. */
async function look({ kysely }: Database, now: number): Promise<{ isAnything: boolean; nextAt: number | null }> {
  const { rows } = await sql<{ due: Whole; lease: Whole; waiting: Whole }>`
    select (select min(run_at) from inlay_jobs where status = 'delayed') as due,
      (select min(lease_until) from inlay_jobs where status = 'running') as lease,
      (select 1 from inlay_jobs where status = 'waiting' order by turn limit 1) as waiting`.execute(kysely)
  const [row] = rows
  const times = [row?.due, row?.lease].filter((time) => time != null).map(Number)
  const later = times.filter((time) => time > now)
  return {
    isAnything: row?.waiting != null || later.length < times.length,
    nextAt: later.length === 0 ? null : Math.min(...later),
  }
}

type Whole = number | string | bigint | null

async function promoteDelayed(
  transaction: Transaction<Schema>,
  database: Database,
  now: number,
  limit: number,
): Promise<void> {
  const { rows } = await sql<{ organisation: string; id: string }>`
    select organisation, id from inlay_jobs where status = 'delayed' and run_at <= ${now}
    order by run_at limit ${limit}${sql.raw(database.engine.skipLocked)}`.execute(transaction)
  await promote(transaction, database, rows)
}

interface Chosen {
  readonly organisation: string
  readonly id: string
}

async function selectExpired(
  transaction: Transaction<Schema>,
  { engine }: Database,
  now: number,
  limit: number,
): Promise<readonly Chosen[]> {
  const { rows } = await sql<Chosen>`
    select organisation, id from inlay_jobs where status = 'running' and lease_until <= ${now}
    order by lease_until limit ${limit}${sql.raw(engine.skipLocked)}`.execute(transaction)
  return rows
}

/** Makes the statements that lease jobs: organisation, id, now and the end of the lease in each row. */
function createLeaseStatements({ kysely }: Database): RowStatements {
  const row = sql`(cast(${null} as text), cast(${null} as text), cast(${null} as bigint), cast(${null} as bigint))`
  return createRowStatements((rows) =>
    sql`with given (organisation, id, now, until) as (values ${sql.join(Array.from({ length: rows }, () => row))})
      update inlay_jobs set
        status = 'running',
        token = inlay_jobs.token + 1,
        attempt = inlay_jobs.attempt + 1,
        lease_until = given.until,
        hastened_to = null,
        updated_at = given.now
      from given where inlay_jobs.organisation = given.organisation and inlay_jobs.id = given.id
      returning *`.compile(kysely),
  )
}

/** Leases in the order of `chosen`. */
async function lease(
  transaction: Transaction<Schema>,
  statements: RowStatements,
  chosen: readonly Chosen[],
  now: number,
  until: number,
): Promise<readonly Lease[]> {
  const leased = new Map<string, Selectable<Schema["inlay_jobs"]>>()
  const rows = chosen.map(({ organisation, id }) => [organisation, id, Math.round(now), Math.round(until)])
  for (const query of statements(rows)) {
    const answer = await transaction.executeQuery<Selectable<Schema["inlay_jobs"]>>(query)
    for (const row of answer.rows) leased.set(`${row.organisation}/${row.id}`, row)
  }
  return chosen.flatMap(({ organisation, id }) => {
    const row = leased.get(`${organisation}/${id}`)
    return row ? [{ job: toJob(row), token: row.token, until }] : []
  })
}
