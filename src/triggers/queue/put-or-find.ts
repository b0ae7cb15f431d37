import { asAccepted, type Job, type NewJob } from "../../model/job.ts"
import type { Queue } from "../../ports/queue.ts"
import { joinQueue } from "./join-queue.ts"

/** Each time somebody would have to remove the job that was there, just then. */
const maxRounds = 10

/**
 * Puts a job, in the host's own transaction where one is given; answers it, or the one that has its idempotency key. Null
 * where that one was put with something else.
 */
export async function putOrFind(queue: Queue, job: NewJob, transaction?: unknown): Promise<Job | null> {
  const put = async () =>
    transaction === undefined ? (await queue.put([job]))[0] : await joinQueue(queue, transaction).put(job)
  for (let round = 0; round < maxRounds; round += 1) {
    const result = await put()
    if (result === undefined || result.outcome === "added") return asAccepted(job)
    if (result.outcome === "conflict") return null
    const known = await queue.find(job.organisation, result.id)
    if (known) return known
    // What the host has put before in its transaction nobody else sees.
    if (transaction !== undefined) return asAccepted({ ...job, id: result.id })
    // It was removed in between, and its key with it.
  }
  throw new Error(`Cannot put job "${job.id}": it is neither added nor there`)
}
