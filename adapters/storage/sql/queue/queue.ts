import type { Queue, Settlement } from "../../../../src/ports/queue.ts"
import type { ConnectionSource, JoinedStatement } from "../connection.ts"
import type { Database } from "../database.ts"
import type { Signals } from "../signals.ts"
import { createCancel } from "./cancel.ts"
import { hastenJob } from "./hasten.ts"
import { createJoinedPut } from "./join.ts"
import { createListing } from "./listing.ts"
import type { OpenPassage } from "./passage.ts"
import type { InsertJobs } from "./put.ts"
import { createPut } from "./put-group.ts"
import { createRenew } from "./renew.ts"
import { createSettle } from "./settle.ts"
import { createTake } from "./take.ts"

/** A queue whose jobs come on other ways too: whoever adds one says so. */
export interface SqlQueue extends Queue {
  wake(): void
}

/** The queue that lives in the storage. */
export function createSqlQueue(
  database: Database,
  insertJobs: InsertJobs,
  openPassage: OpenPassage,
  join: ConnectionSource["join"],
  signals?: Signals,
): SqlQueue {
  const { kysely, engine } = database
  const joinPut = createJoinedPut(database)
  const put = createPut(database, insertJobs)
  const settle = createSettle(database, openPassage)
  const listeners = new Set<() => void>()
  const wake = () => {
    for (const listener of listeners) listener()
    signals?.send({ work: true, ended: [] })
  }

  /** Until the commit there is nothing to take. Where one transaction writes at a time, who looks for it waits for that. */
  function tell(): JoinedStatement | null {
    if (engine.waits) return signals?.atCommit() ?? null
    wake()
    return null
  }

  const cancelJob = createCancel(database, openPassage, wake)

  /** Who waits for the end of a run has put it with a lease, the first one: what ends under it ends there. */
  function tellEnded(settlements: readonly Settlement[]): void {
    const ended = settlements.filter(
      ({ lease, outcome }) => outcome !== "again" && lease.job.kind === "pipeline" && lease.token > 1,
    )
    if (ended.length === 0) return
    signals?.send({ work: false, ended: ended.map(({ lease: { job } }) => [job.organisation, job.id]) })
  }

  return {
    wake,
    async put(jobs) {
      if (jobs.length === 0) return []
      const results = await put(jobs)
      // One that was put with a lease is for nobody else.
      if (jobs.some(({ leasedUntil }) => leasedUntil === null)) wake()
      return results
    },
    ...(join && { join: (transaction: unknown) => joinPut(join(transaction), tell) }),
    take: createTake(database, openPassage),
    async settle(settlements) {
      if (settlements.length === 0) return []
      const lost = await settle(settlements)
      tellEnded(settlements.filter(({ lease }) => !lost.includes(lease)))
      if (settlements.some(({ lease, outcome }) => outcome === "again" || lease.job.flow !== null)) wake()
      return lost
    },

    renew: createRenew(database),

    async cancel(organisation, id, error, at) {
      const before = await cancelJob(organisation, id, error, at)
      if (before?.status === "running" || before?.kind === "pipeline") {
        signals?.send({ work: false, ended: [[organisation, id]] })
      }
      return before
    },

    async hasten(organisation, id, at) {
      await hastenJob(kysely, organisation, id, at)
      wake()
    },

    ...createListing(database),

    watch(work, ended) {
      const own = () => work()
      listeners.add(own)
      const stop = signals?.listen((news) => {
        if (news.work) work()
        for (const [organisation, id] of news.ended) ended?.(organisation, id)
      })
      return () => {
        listeners.delete(own)
        stop?.()
      }
    },
  }
}
