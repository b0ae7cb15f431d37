import type { JobKind, Lease } from "../../model/job.ts"
import type { DoJob, Queue, Verdict } from "../../ports/queue.ts"
import type { WakeAfter } from "../../util/wake-after.ts"
import type { JudgeFault } from "./faults.ts"
import { createLeaseKeeper, type LeasedWork, lost } from "./lease-keeper.ts"
import { closing, createSettler } from "./settler.ts"

/** Options of `createConsumer`. */
export interface ConsumerOptions {
  readonly queue: Queue
  readonly work: Readonly<Record<JobKind, DoJob>>
  /** Says how a job goes on that its work has rejected for. */
  readonly judgeFault: JudgeFault
  /** Epoch milliseconds, the same on all machines that share the queue. */
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  /** Jobs that are worked on at once; one organisation has at most three quarters of these places. @default 64 */
  readonly concurrency?: number
  /** For how long a job is this worker's own without being renewed. @default 30000 */
  readonly leaseMs?: number
  /** How often to look where nobody tells of new jobs. @default 1000 */
  readonly pollMs?: number
  readonly onError: (error: unknown, context: { readonly stage: "queue" }) => void
}

/** Takes jobs from the queue and does them. */
export interface Consumer {
  start(): void
  /** Does the job that `put` puts with a lease. Stopping waits for it, so that it is handed back like any other. */
  adopt<Put extends { readonly lease: Lease }>(put: () => Promise<Put>): Promise<Put>
  /** Ends the work on a job that is under way here, if it is. */
  abort(organisation: string, id: string): void
  /** Ends what is done just now of a job that is under way here, if it is, and has it go on from what it has written down. */
  interrupt(organisation: string, id: string): void
  /** Takes no more, waits for what is under way, and hands back what has not ended after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/** After a failure of the queue. */
const retryAfterMs = 1000
/** How often the same failure is told while it lasts. */
const tellEveryMs = 60_000
/** For how long places that have become free wait for others, so that one take fills them all. */
const refillMs = 15

/** With fewer jobs under way, an end is written down at once. */
const busyFrom = 2

interface Running extends LeasedWork {
  /** It has been done, and is being settled: it takes nobody's place. */
  isDone: boolean
  ended: Promise<void>
}

/** Creates a consumer that has not been started. */
export function createConsumer(options: ConsumerOptions): Consumer {
  const {
    queue,
    work,
    judgeFault,
    now,
    wakeAfter,
    concurrency = 64,
    leaseMs = 30_000,
    pollMs = 1000,
    onError,
  } = options
  const running = new Set<Running>()
  const arriving = new Set<Promise<void>>()
  /** Jobs of one organisation at once. */
  const share = concurrency - Math.floor(concurrency / 4)
  /** While these are filled again, as many are under way. */
  const half = Math.floor(share / 2)
  const keeper = createLeaseKeeper({ queue, leaseMs, now, onError })
  const settler = createSettler({ queue, now, isBusy: () => active >= busyFrom, onError })
  /** Jobs that are under way and not done. */
  let active = 0
  let isStarted = false
  let isTaking = false
  let taking: Promise<void> = Promise.resolve()
  let isWoken = false
  /** Whether the last take may have left something, for want of room. */
  let isMore = false
  /** Jobs that were done since that take. */
  let freed = 0
  let refilling: NodeJS.Timeout | undefined
  let stopWaiting = () => {}
  let isGraceOver = false
  let failing: { readonly message: string; readonly toldAt: number } | undefined
  let unwatch = () => {}

  function wake(): void {
    isWoken = true
    fill()
  }

  function fill(): void {
    if (!isStarted || isTaking) return
    isTaking = true
    taking = takeAll()
  }

  /** Takes again once there is room for many, or in a moment. */
  function refill(): void {
    if (freed >= half || active === 0) wake()
    else {
      refilling ??= setTimeout(() => {
        refilling = undefined
        wake()
      }, refillMs)
    }
  }

  /** Takes as long as there is something to take and room for it. */
  async function takeAll(): Promise<void> {
    stopWaiting()
    let delay = pollMs
    try {
      do {
        isWoken = false
        const held = countByOrganisation(running)
        const free = Math.min(concurrency - sum(held), 2 * concurrency - running.size)
        isMore = free <= 0
        if (isMore) break
        const shares = { limit: share, held }
        freed = 0
        const { leases, nextAt } = await queue.take({ limit: free, leaseMs, now: now(), shares })
        for (const lease of leases) run(lease, true)
        const isFull = (count: number) => count >= shares.limit
        isMore = leases.length === free || [...countByOrganisation(running).values()].some(isFull)
        if (isMore && freed > 0) refill()
        if (nextAt !== null) delay = Math.min(Math.max(nextAt - now(), 0), pollMs)
      } while (isWoken && isStarted)
      failing = undefined
    } catch (error) {
      tellFailure(error)
      delay = retryAfterMs
    }
    isTaking = false
    if (!isStarted) return
    stopWaiting = wakeAfter(delay, fill)
  }

  function tellFailure(error: unknown): void {
    const message = String(error)
    const at = now()
    if (failing?.message === message && Math.abs(at - failing.toldAt) < tellEveryMs) return
    failing = { message, toldAt: at }
    onError(error, { stage: "queue" })
  }

  function run(lease: Lease, isTaken: boolean): void {
    const entry: Running = { lease, controller: new AbortController(), isDone: false, ended: Promise.resolve() }
    running.add(entry)
    active += 1
    keeper.keep(entry)
    // What a take brings that was under way when the service closed.
    if (isGraceOver) entry.controller.abort(closing)
    entry.ended = doJob(lease, entry.controller.signal)
      .then((verdict) => {
        give(entry)
        return verdict.isSettled ? undefined : settler.settle(entry, verdict)
      })
      .then(() => {
        running.delete(entry)
        keeper.release(entry)
        // Whoever takes beside others may get less than there is. Of what was put here no take came.
        if (isTaken || isMore) refill()
      })
  }

  /** Others may begin while its end is written down. */
  function give(entry: Running): void {
    entry.isDone = true
    active -= 1
    freed += 1
    if (isMore) refill()
  }

  async function doJob(lease: Lease, signal: AbortSignal): Promise<Verdict> {
    const startedAt = now()
    try {
      return await work[lease.job.kind](lease, signal)
    } catch (error) {
      onError(error, { stage: "queue" })
      return await judgeFault(lease, startedAt, signal)
    }
  }

  function end(organisation: string, id: string, reason: DOMException): void {
    for (const { lease, controller } of running) {
      if (lease.job.organisation === organisation && lease.job.id === id) controller.abort(reason)
    }
  }

  return {
    start() {
      isStarted = true
      unwatch = queue.watch(wake, (organisation, id) => end(organisation, id, lost))
      wake()
    },
    adopt(put) {
      const arrival = put().then((arrived) => {
        run(arrived.lease, false)
        return arrived
      })
      const leave = () => void arriving.delete(settled)
      const settled: Promise<void> = arrival.then(leave, leave)
      arriving.add(settled)
      return arrival
    },
    abort: (organisation, id) => end(organisation, id, lost),
    interrupt: (organisation, id) => end(organisation, id, interrupted),
    async stop(graceMs) {
      isStarted = false
      unwatch()
      stopWaiting()
      clearTimeout(refilling)
      const handBack = setTimeout(() => {
        isGraceOver = true
        for (const { controller } of running) controller.abort(closing)
      }, graceMs)
      settler.stop()
      while (isTaking || arriving.size > 0 || running.size > 0) {
        await Promise.all([taking, ...arriving, ...[...running].map(({ ended }) => ended)])
      }
      clearTimeout(handBack)
      keeper.stop()
    },
  }
}

/** Jobs that are worked on, by organisation. */
function countByOrganisation(running: ReadonlySet<Running>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { lease, isDone } of running) {
    if (isDone) continue
    const { organisation } = lease.job
    counts.set(organisation, (counts.get(organisation) ?? 0) + 1)
  }
  return counts
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}

/** Why the work on a job is ended early, to go on. */
const interrupted = new DOMException("The job is to go on from what it has written down.", "AbortError")
