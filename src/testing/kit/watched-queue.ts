import type { InvocationError } from "../../model/invocation.ts"
import type { Attempt, Job } from "../../model/job.ts"
import type { Queue } from "../../ports/queue.ts"
import { turn } from "./turn.ts"
import type { UnderWay } from "./under-way.ts"

/** What is heard of a queue. */
export interface QueueListener {
  /** A try at a job has ended. */
  tried(attempt: Attempt): void
  /** A job is given up for good, perhaps after an invocation. */
  failed(job: Job, error: InvocationError, invocationId: string | null | undefined): void
}

/** A queue whose jobs are done when the kit says so. */
export interface WatchedQueue {
  readonly queue: Queue
  /** Lets jobs of this moment be taken until `shut`, and wakes the worker. */
  open(): void
  shut(): void
  /** No more jobs are taken. */
  close(): void
  /** How many more may be taken at this moment: so many go round in a circle. */
  leftNow(): number
  readonly maxJobsAtOnce: number
}

/** Watches a queue: a leased job is under way until it is settled, or nobody's any more. */
export function watchQueue(
  inner: Queue,
  underWay: UnderWay,
  maxJobsAtOnce: number,
  { tried, failed }: QueueListener,
): WatchedQueue {
  const wakers = new Set<() => void>()
  let isOpen = false
  let isClosed = false
  let leftNow = maxJobsAtOnce

  const queue: Queue = {
    ...underWay.trackAll(inner),
    async put(jobs) {
      const results = await underWay.track(inner.put(jobs))
      for (const { id, leasedUntil } of jobs) if (leasedUntil !== null) underWay.begin(id)
      return results
    },
    async take(request) {
      // All that jobs do may come without a turn of the event loop, and then nobody else would come to anything.
      await underWay.track(turn())
      if (!isOpen || leftNow === 0) return { leases: [], nextAt: null }
      const taken = await underWay.track(inner.take({ ...request, limit: Math.min(request.limit, leftNow) }))
      leftNow -= taken.leases.length
      for (const { job } of taken.leases) underWay.begin(job.id)
      return taken
    },
    async renew(leases, until) {
      const gone = await underWay.track(inner.renew(leases, until))
      for (const { job } of gone) underWay.end(job.id)
      return gone
    },
    async settle(settlements) {
      try {
        const unheard = await underWay.track(inner.settle(settlements))
        for (const settlement of settlements) {
          const { lease, attempt } = settlement
          if (attempt) tried(attempt)
          if (settlement.outcome === "failed" && !unheard.includes(lease)) {
            failed(lease.job, settlement.error, attempt?.invocationId)
          }
        }
        return unheard
      } finally {
        for (const { lease } of settlements) underWay.end(lease.job.id)
      }
    },
    async cancel(organisation, id, error, at) {
      const job = await underWay.track(inner.cancel(organisation, id, error, at))
      // Its worker stops, and settles nothing.
      underWay.end(id)
      return job
    },
    watch(listener) {
      const stop = inner.watch(() => isOpen && listener())
      wakers.add(listener)
      return () => {
        stop()
        wakers.delete(listener)
      }
    },
  }

  return {
    queue,
    open() {
      isOpen = !isClosed
      leftNow = maxJobsAtOnce
      for (const wake of wakers) wake()
    },
    shut() {
      isOpen = false
    },
    close() {
      isOpen = false
      isClosed = true
    },
    leftNow: () => leftNow,
    maxJobsAtOnce,
  }
}
