import { sql } from "kysely"
import type { Lease } from "../../../../src/model/job.ts"
import type { Queue } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import { createRowStatements } from "../row-statements.ts"
import { byJob } from "./by-job.ts"

/** Makes what prolongs leases: in as few statements as can be, because whoever waits for them may lose all that they hold. */
export function createRenew({ kysely }: Database): Queue["renew"] {
  const row = sql`(cast(${null} as text), cast(${null} as text), cast(${null} as integer), cast(${null} as bigint))`
  const statements = createRowStatements((rows) =>
    sql`with given (organisation, id, token, until) as (values ${sql.join(Array.from({ length: rows }, () => row))})
      update inlay_jobs set lease_until = given.until
      from given where inlay_jobs.organisation = given.organisation and inlay_jobs.id = given.id
        and inlay_jobs.token = given.token and inlay_jobs.status = 'running'
      returning inlay_jobs.organisation as organisation, inlay_jobs.id as id`.compile(kysely),
  )
  return async (leases, until) => {
    const renewed = new Set<string>()
    const rows = [...leases].sort(byJob).map(({ job, token }) => [job.organisation, job.id, token, Math.round(until)])
    for (const query of statements(rows)) {
      const answer = await kysely.executeQuery<Pick<Lease["job"], "organisation" | "id">>(query)
      for (const { organisation, id } of answer.rows) renewed.add(`${organisation}/${id}`)
    }
    return leases.filter(({ job }) => !renewed.has(`${job.organisation}/${job.id}`))
  }
}
