import { sql } from "kysely"
import type { Lease, NewJob } from "../../../../src/model/job.ts"
import type { PutResult, Queue, Settlement } from "../../../../src/ports/queue.ts"
import type { Database } from "../database.ts"
import { createGroup } from "../group.ts"
import { toJob } from "./job-row.ts"
import { createListing } from "./listing.ts"
import { fillLanes } from "./promote.ts"
import { createInsertJobs } from "./put.ts"
import { createSettle } from "./settle.ts"
import { createTake } from "./take.ts"

/** What one commit carries at most. */
const maxGroup = 256

/** The queue that lives in the storage. */
export function createSqlQueue(database: Database): Queue {
  const { kysely } = database
  const insertJobs = createInsertJobs(database)
  const settleLeases = createSettle(database)
  const listeners = new Set<() => void>()
  const wake = () => {
    for (const listener of listeners) listener()
  }

  const put = createGroup<readonly NewJob[], readonly PutResult[]>(async (groups) => {
    const results = await kysely.transaction().execute((transaction) => insertJobs(transaction, groups.flat()))
    const left = [...results]
    return groups.map((jobs) => left.splice(0, jobs.length))
  }, maxGroup)

  const settle = createGroup<readonly Settlement[], readonly Lease[]>(async (groups) => {
    const lost = await kysely.transaction().execute((transaction) => settleLeases(transaction, groups.flat()))
    return groups.map((settlements) => lost.filter((lease) => settlements.some((settled) => settled.lease === lease)))
  }, maxGroup)

  return {
    async put(jobs) {
      if (jobs.length === 0) return []
      const results = await put(jobs)
      wake()
      return results
    },
    take: createTake(database),
    async settle(settlements) {
      if (settlements.length === 0) return []
      const lost = await settle(settlements)
      if (settlements.some(({ lease, outcome }) => outcome === "again" || lease.job.lane !== null)) wake()
      return lost
    },

    async renew(leases, until) {
      const lost: Lease[] = []
      await kysely.transaction().execute(async (transaction) => {
        for (const lease of leases) {
          const renewed = await transaction
            .updateTable("inlay_jobs")
            .set({ lease_until: Math.round(until) })
            .where("organisation", "=", lease.job.organisation)
            .where("id", "=", lease.job.id)
            .where("token", "=", lease.token)
            .where("status", "=", "running")
            .returning("id")
            .executeTakeFirst()
          if (renewed === undefined) lost.push(lease)
        }
      })
      return lost
    },

    async cancel(organisation, id, error, at) {
      const before = await kysely.transaction().execute(async (transaction) => {
        const row = await transaction
          .selectFrom("inlay_jobs")
          .selectAll()
          .where("organisation", "=", organisation)
          .where("id", "=", id)
          .$if(database.engine.skipLocked !== "", (query) => query.forUpdate())
          .executeTakeFirst()
        if (row === undefined) return null
        const job = toJob(row)
        if (job.status === "succeeded" || job.status === "failed" || job.status === "cancelled") return job
        await transaction
          .updateTable("inlay_jobs")
          .set((columns) => ({
            status: "cancelled",
            // Whoever runs it is not heard any more.
            token: columns("token", "+", 1),
            error: JSON.stringify(error),
            error_code: error.code,
            lease_until: null,
            updated_at: Math.round(at),
          }))
          .where("organisation", "=", organisation)
          .where("id", "=", id)
          .execute()
        const isActive = job.status === "waiting" || job.status === "running"
        if (job.lane !== null && isActive)
          await fillLanes(transaction, database, [{ organisation, lane: job.lane.key }])
        return job
      })
      if (before?.lane) wake()
      return before
    },

    async hasten(organisation, id, at) {
      const to = Math.round(at)
      await sql`
        update inlay_jobs set
          run_at = case when status = 'delayed' and run_at > ${to} then ${to} else run_at end,
          hastened_to = case when status = 'running' and (hastened_to is null or hastened_to > ${to}) then ${to} else hastened_to end
        where organisation = ${organisation} and id = ${id} and status in ('delayed', 'running')`.execute(kysely)
      wake()
    },

    ...createListing(database),

    watch(listener) {
      const own = () => listener()
      listeners.add(own)
      return () => void listeners.delete(own)
    },
  }
}
