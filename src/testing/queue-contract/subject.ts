import type { InvocationError } from "../../model/invocation.ts"
import type { Attempt, Job, Lease, NewJob } from "../../model/job.ts"
import type { Queue, TakeRequest } from "../../ports/queue.ts"
import { newId } from "../../util/id.ts"
import { sampleJob } from "../storage-contract/samples.ts"

/** The queue under test, with words for what the tests do again and again. */
export interface QueueSubject {
  readonly queue: Queue
  /** An organisation that only the running test uses. */
  readonly organisation: string
  /** A job of the organisation, due at `start`; not yet put. */
  job(given?: Partial<NewJob>): NewJob
  /** Puts jobs one after the other and gives their ids. */
  put(...jobs: readonly Partial<NewJob>[]): Promise<readonly string[]>
  /** Leases what is due and belongs to the test's organisations. */
  take(request?: Partial<TakeRequest>): Promise<readonly Lease[]>
  find(id: string): Promise<Job | null>
}

/** Epoch milliseconds at which the tests begin. */
export const start = 1_800_000_000_000

/** Makes the words for a queue. */
export function createSubject(queue: Queue): QueueSubject {
  const organisation = `contract-${newId(Date.now())}`
  const job = (given: Partial<NewJob> = {}): NewJob =>
    sampleJob(organisation, {
      id: newId(given.createdAt ?? start),
      payload: '{"input":1}',
      runAt: start,
      createdAt: start,
      ...given,
    })
  return {
    queue,
    organisation,
    job,
    async put(...given) {
      const jobs = given.map(job)
      await queue.put(jobs)
      return jobs.map(({ id }) => id)
    },
    async take(request = {}) {
      const { leases } = await queue.take({ limit: 100, leaseMs: 10_000, now: start, ...request })
      return leases.filter((lease) => lease.job.organisation.startsWith(organisation))
    },
    find: (id) => queue.find(organisation, id),
  }
}

/** An error as a failed try leaves it. */
export const failure: InvocationError = { code: "FN_004", name: "Error", message: "no", stack: "" }

/** A try that ended. */
export function sampleAttempt(number: number, error?: InvocationError): Attempt {
  return { number, invocationId: null, startedAt: start, endedAt: start + 5, ...(error && { error }) }
}

/** The ids of the jobs of leases. */
export function idsOf(leases: readonly Lease[]): readonly string[] {
  return leases.map(({ job }) => job.id)
}
