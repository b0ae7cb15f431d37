import { FunctionsError } from "../../errors/functions-error.ts"
import { asAccepted, type Job, type NewJob } from "../../model/job.ts"
import type { Page, PageRequest } from "../../model/page.ts"
import type { JobFilter, Queue } from "../../ports/queue.ts"
import { readPayload, toPayload } from "./payload.ts"

/** Which dead letters to list, replay or purge. */
export type DeadLetterFilter = Omit<JobFilter, "kind" | "status">

/** How many are replayed, and how fast. */
export interface ReplayOptions {
  /** Only says which ones it would be. @default false */
  readonly dryRun?: boolean
  /** How many begin in a second. @default no limit */
  readonly perSecond?: number
  /** @default 1000 */
  readonly limit?: number
}

/** What a replay by filter did, or would do. */
export interface ReplayResult {
  /** How many. */
  readonly count: number
  /** Of the dead letters, oldest first; of a dry run too. */
  readonly ids: readonly string[]
}

/** Calls that failed for good. */
export interface DeadLetters {
  list(organisation: string, filter: DeadLetterFilter, page: PageRequest): Promise<Page<Job>>
  /** `FN_001` where there is none. */
  get(organisation: string, id: string): Promise<Job>
  /** Calls again, with another input where one is given; the new call names this one as its origin. */
  replay(organisation: string, id: string, inputText?: string): Promise<Job>
  /** Calls all again that fit, but none that was called again already. */
  replayAll(organisation: string, filter: DeadLetterFilter, options?: ReplayOptions): Promise<ReplayResult>
  /** Removes all that fit; answers how many. */
  purge(organisation: string, filter: DeadLetterFilter): Promise<number>
  /** `FN_001` where there is none. */
  remove(organisation: string, id: string): Promise<void>
}

const readAtOnce = 200

/** Creates what looks after the jobs that failed for good. */
export function createDeadLetters(options: {
  readonly queue: Queue
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}): DeadLetters {
  const { queue, now, newId } = options

  async function get(organisation: string, id: string): Promise<Job> {
    const job = await queue.find(organisation, id)
    if (job?.status === "failed") return job
    throw new FunctionsError("FN_001", `Cannot find dead letter "${id.slice(0, 80)}": there is none.`)
  }

  function again(job: Job, at: number, runAt: number, inputText?: string): NewJob {
    const { organisation, kind, target, priority, weight, maxAttempts, traceId, lane } = job
    const payload = inputText === undefined ? job.payload : toPayload(readPayload(job.payload).reference, inputText)
    return {
      id: newId(at),
      ...{ organisation, kind, target, payload, priority, weight, maxAttempts, traceId, lane },
      runAt,
      deadlineAt: null,
      originId: job.id,
      idempotency: null,
      leasedUntil: null,
      createdAt: at,
    }
  }

  /** Oldest first: what came first is done first. */
  async function collect(organisation: string, filter: DeadLetterFilter, limit: number): Promise<readonly Job[]> {
    const found: Job[] = []
    let cursor: string | undefined
    do {
      const page = { limit: readAtOnce, ...(cursor !== undefined && { cursor }) }
      const { items, next } = await queue.list(organisation, { ...filter, replayed: false, status: "failed" }, page)
      found.push(...items)
      cursor = next ?? undefined
    } while (cursor !== undefined)
    return found.reverse().slice(0, limit)
  }

  return {
    get,
    list: (organisation, filter, page) => queue.list(organisation, { ...filter, status: "failed" }, page),
    async replay(organisation, id, inputText) {
      const at = now()
      const job = again(await get(organisation, id), at, at, inputText)
      await queue.put([job])
      return asAccepted(job)
    },
    async replayAll(organisation, filter, { dryRun = false, perSecond, limit = 1000 } = {}) {
      if (perSecond !== undefined && !(perSecond > 0)) {
        throw new FunctionsError("FN_006", "Cannot replay: perSecond must be above 0.", {
          issues: [{ path: "perSecond", message: "must be above 0" }],
        })
      }
      const letters = await collect(organisation, filter, limit)
      const at = now()
      const gapMs = perSecond === undefined ? 0 : 1000 / perSecond
      const jobs = letters.map((job, index) => again(job, at, at + index * gapMs))
      if (!dryRun) await queue.put(jobs)
      return { count: letters.length, ids: letters.map(({ id }) => id) }
    },
    async purge(organisation, filter) {
      let removed = 0
      for (;;) {
        const count = await queue.purge(organisation, { ...filter, status: "failed" }, readAtOnce)
        removed += count
        if (count < readAtOnce) return removed
      }
    },
    async remove(organisation, id) {
      await get(organisation, id)
      await queue.purge(organisation, { status: "failed", id }, 1)
    },
  }
}
