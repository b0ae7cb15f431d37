import { FunctionsError } from "../../errors/functions-error.ts"
import { notFound } from "../../errors/not-found.ts"
import type { DeadLetter } from "../../model/durable-call.ts"
import { asAccepted, type Job, type NewJob } from "../../model/job.ts"
import type { Page, PageRequest } from "../../model/page.ts"
import type { JobFilter, Queue } from "../../ports/queue.ts"
import { toSpanId } from "../../util/id.ts"
import type { DurableCalls } from "./durable-calls.ts"
import { readPayload, toPayload } from "./payload.ts"

/** Which dead letters to list, replay or purge. */
export interface DeadLetterFilter extends Omit<JobFilter, "kind" | "status"> {
  readonly kind?: DeadLetter["kind"]
}

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

const removedAtOnce = 200
/** Letters that are read together: each may carry megabytes. */
const readAtOnce = 20
/** What the letters of a page, or those that are called again in one go, may carry together, in characters; one is there in any case. */
const maxChars = 4_194_304
/** Whoever replays by a filter at the same time finds the same letters: for so long each of them is called again once. */
const replayKeyMs = 3_600_000

/** Creates what looks after the jobs that failed for good. */
export function createDeadLetters(options: {
  readonly queue: Queue
  /** Makes the job of a call. `FN_001` where there is no such function. */
  readonly prepare: DurableCalls["prepare"]
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}): DeadLetters {
  const { queue, prepare, now, newId } = options

  async function get(organisation: string, id: string): Promise<Job> {
    const job = await queue.find(organisation, id)
    if (job?.status === "failed") return job
    throw notFound("dead letter", id)
  }

  function again(job: Job, at: number, runAt: number): NewJob {
    const { organisation, kind, target, payload, priority, weight, maxAttempts, traceId, flow, depth } = job
    return {
      id: newId(at),
      ...{ organisation, kind, target, payload, priority, weight, maxAttempts, traceId, flow, depth },
      askedBy: { spanId: toSpanId(job.id) },
      runAt,
      deadlineAt: null,
      originId: job.id,
      idempotency: null,
      leasedUntil: null,
      createdAt: at,
    }
  }

  /** The job with another input, which may flow under other keys. */
  async function withInput(job: Job, inputText: string): Promise<Job> {
    const { reference } = readPayload(job.payload)
    const edited = { ...job, payload: toPayload(reference, inputText) }
    if (job.kind !== "function") return edited
    const { flow } = await prepare(job.organisation, reference, inputText).catch((error) => {
      // Without its function it fails again, and says why.
      if (error instanceof FunctionsError && error.code === "FN_001") return job
      throw error
    })
    // How its trigger has calls wait for one another, and gathers them, does not go by their input.
    const ofTriggers = job.flow?.lanes.filter(({ key }) => key.startsWith("trigger:")) ?? []
    const gathered = job.flow?.gathering?.key.startsWith("trigger/") ? job.flow.gathering : null
    if (ofTriggers.length === 0 && gathered === null) return { ...edited, flow }
    const { throttle = null, lanes = [], gathering = null } = flow ?? {}
    return { ...edited, flow: { gathering: gathered ?? gathering, throttle, lanes: [...ofTriggers, ...lanes] } }
  }

  /** Their ids, oldest first: what came first is done first. */
  async function collect(organisation: string, filter: DeadLetterFilter, limit: number): Promise<readonly string[]> {
    let found: string[] = []
    let cursor: string | undefined
    do {
      const page = { limit: readAtOnce, ...(cursor !== undefined && { cursor }) }
      const { items, next } = await queue.list(organisation, { ...filter, replayed: false, status: "failed" }, page)
      // They come newest first: of those that are too many, the last read count.
      found = [...found, ...items.map(({ id }) => id)].slice(-limit)
      cursor = next ?? undefined
    } while (cursor !== undefined)
    return found.reverse()
  }

  /** Calls letters again, few at a time; answers those that nobody else has called again, or removed, meanwhile. */
  async function replayMany(organisation: string, ids: readonly string[], gapMs: number): Promise<readonly string[]> {
    const at = now()
    const replayed: string[] = []
    let jobs: NewJob[] = []
    const put = async () => {
      const results = await queue.put(jobs)
      replayed.push(
        ...jobs.flatMap(({ originId }, index) => (results[index]?.outcome === "added" ? [`${originId}`] : [])),
      )
      jobs = []
    }
    for (const [index, id] of ids.entries()) {
      const letter = await queue.find(organisation, id)
      if (letter?.status !== "failed" || letter.replayedAs !== null) continue
      // No name of a function has a colon, so no key of a call is the same.
      const idempotency = { key: `replay:${id}`, hash: "", until: at + replayKeyMs }
      if (jobs.length > 0 && sizeOf([...jobs, letter]) > maxChars) await put()
      jobs.push({ ...again(letter, at, at + index * gapMs), idempotency })
      if (jobs.length === removedAtOnce) await put()
    }
    if (jobs.length > 0) await put()
    return replayed
  }

  return {
    get,
    async list(organisation, filter, { limit, cursor }) {
      const items: Job[] = []
      for (let after = cursor; ; ) {
        const page = {
          limit: Math.min(limit - items.length, readAtOnce),
          ...(after !== undefined && { cursor: after }),
        }
        const { items: read, next } = await queue.list(organisation, { ...filter, status: "failed" }, page)
        for (const letter of read) {
          if (items.length > 0 && sizeOf([...items, letter]) > maxChars)
            return { items, next: items.at(-1)?.id ?? null }
          items.push(letter)
        }
        if (next === null || items.length >= limit) return { items, next }
        after = next
      }
    },
    async replay(organisation, id, inputText) {
      const at = now()
      const letter = await get(organisation, id)
      const job = again(inputText === undefined ? letter : await withInput(letter, inputText), at, at)
      await queue.put([job])
      return asAccepted(job)
    },
    async replayAll(organisation, filter, { dryRun = false, perSecond, limit = 1000 } = {}) {
      if (perSecond !== undefined && !(perSecond >= 0.001)) {
        throw new FunctionsError("FN_006", "Cannot replay: perSecond must be at least 0.001.", {
          issues: [{ path: "perSecond", message: "must be at least 0.001" }],
        })
      }
      if (!(Number.isSafeInteger(limit) && limit >= 1)) {
        throw new FunctionsError("FN_006", "Cannot replay: limit must be a whole number from 1.", {
          issues: [{ path: "limit", message: "must be a whole number from 1" }],
        })
      }
      const found = await collect(organisation, filter, limit)
      const gapMs = perSecond === undefined ? 0 : 1000 / perSecond
      const ids = dryRun ? found : await replayMany(organisation, found, gapMs)
      return { count: ids.length, ids }
    },
    async purge(organisation, filter) {
      let removed = 0
      for (;;) {
        const count = await queue.purge(organisation, { ...filter, status: "failed" }, removedAtOnce)
        removed += count
        if (count < removedAtOnce) return removed
      }
    },
    async remove(organisation, id) {
      await get(organisation, id)
      await queue.purge(organisation, { status: "failed", id }, 1)
    },
  }
}

function sizeOf(jobs: readonly Pick<Job, "payload">[]): number {
  return jobs.reduce((sum, { payload }) => sum + payload.length, 0)
}
