import { sql, type Transaction } from "kysely"
import type { Lease } from "../../../../src/model/job.ts"
import type { TakeRequest, TakeResult } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import { createRowStatements, type RowStatements } from "../row-statements.ts"
import type { Schema } from "../schema.ts"
import { chooseWaiting } from "./choose.ts"
import { letGo } from "./due.ts"
import { type JobRow, leasedColumns, toJob } from "./job-row.ts"
import { createLeaseNext } from "./lease-next.ts"
import type { OpenPassage } from "./passage.ts"
import { createWritable } from "./writable.ts"

/** Makes what leases jobs. Where nothing is due, it writes nothing; a database that is read-only may refuse it. */
export function createTake(
  database: Database,
  openPassage: OpenPassage,
): (request: TakeRequest) => Promise<TakeResult> {
  const { kysely } = database
  const statements = createLeaseStatements(database)
  const leaseNext = createLeaseNext(database)

  /** Leases by rank and share, and what has come due before that. */
  const takeByTurns = ({ limit, leaseMs, now, shares }: TakeRequest) =>
    kysely.transaction().execute(async (transaction) => {
      const laneAt = await letGo(transaction, database, openPassage, { now, limit })
      const expired = await selectExpired(transaction, database, now, limit)
      const chosen = await chooseWaiting(transaction, database, limit - expired.length, shares)
      const rows = await lease(transaction, statements, [...expired, ...chosen], now, now + leaseMs)
      return { rows, laneAt }
    })

  const take = async (request: TakeRequest): Promise<TakeResult> => {
    const next = await leaseNext(request)
    const { rows, laneAt } = next.rest ? await takeByTurns(next.rest) : { rows: [], laneAt: null }
    const leases = await toLeases(kysely, [...next.rows, ...rows], request.now + request.leaseMs)
    const { nextAt } = next.sight
    return { leases, nextAt: laneAt === null ? nextAt : Math.min(laneAt, nextAt ?? laneAt) }
  }
  const whereWritable = createWritable(database)
  return (request) => whereWritable(request.now, () => take(request))
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
      returning ${leasedColumns}`.compile(kysely),
  )
}

/** Leases in the order of `chosen`. */
async function lease(
  transaction: Transaction<Schema>,
  statements: RowStatements,
  chosen: readonly Chosen[],
  now: number,
  until: number,
): Promise<readonly JobRow[]> {
  const leased = new Map<string, JobRow>()
  const values = chosen.map(({ organisation, id }) => [organisation, id, Math.round(now), Math.round(until)])
  for (const query of statements(values)) {
    const { rows } = await transaction.executeQuery<JobRow>(query)
    for (const row of rows) leased.set(`${row.organisation}/${row.id}`, row)
  }
  return chosen.flatMap(({ organisation, id }) => leased.get(`${organisation}/${id}`) ?? [])
}

async function toLeases(kysely: Database["kysely"], rows: readonly JobRow[], until: number): Promise<readonly Lease[]> {
  const leases: Lease[] = []
  for (const row of rows) {
    const job = toJob(row)
    const isBatch = job.flow?.gathering?.mode === "batch"
    leases.push({ job, token: row.token, until, batch: isBatch ? await readBatch(kysely, row) : null })
  }
  return leases
}

/** The payloads that a batch has by now: those of its calls that were not cancelled. */
async function readBatch(
  kysely: Database["kysely"],
  { organisation, id, payload }: Pick<JobRow, "organisation" | "id" | "payload">,
): Promise<readonly string[]> {
  const { rows } = await sql<Pick<JobRow, "id" | "payload" | "priority">>`
    select id, payload, priority from inlay_jobs
    where organisation = ${organisation} and leader_id = ${id} and leader_id is not null and status = 'held'`.execute(
    kysely,
  )
  const inOrder = [...rows].sort((one, other) => other.priority - one.priority || (one.id < other.id ? -1 : 1))
  return [payload, ...inOrder.map((row) => row.payload)]
}
