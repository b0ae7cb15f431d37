import type { JobKind, Lease } from "../../model/job.ts"
import type { DoJob, Queue, Verdict } from "../../ports/queue.ts"

/** Options of `createConsumer`. */
export interface ConsumerOptions {
  readonly queue: Queue
  readonly work: Readonly<Record<JobKind, DoJob>>
  /** Epoch milliseconds, the same on all machines that share the queue. */
  readonly now: () => number
  /** Jobs that are worked on at once. @default 64 */
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
  /** Does a job that was put with a lease. */
  adopt(lease: Lease): void
  /** Ends the work on a job that is under way here, if it is. */
  abort(organisation: string, id: string): void
  /** Takes no more, waits for what is under way, and hands back what has not ended after `graceMs`. */
  stop(graceMs: number): Promise<void>
}

/** After a failure of the queue. */
const retryAfterMs = 1000
/** After a failure of the service itself. */
const faultDelayMs = 5000

interface Running {
  lease: Lease
  readonly controller: AbortController
  ended: Promise<void>
}

/** Creates a consumer that has not been started. */
export function createConsumer(options: ConsumerOptions): Consumer {
  const { queue, work, now, concurrency = 64, leaseMs = 30_000, pollMs = 1000, onError } = options
  const running = new Set<Running>()
  let isStarted = false
  let isTaking = false
  let isWoken = false
  let timer: NodeJS.Timeout | undefined
  let heartbeat: NodeJS.Timeout | undefined
  let unwatch = () => {}

  function wake(): void {
    isWoken = true
    void fill()
  }

  /** Takes as long as there is something to take and room for it. */
  async function fill(): Promise<void> {
    if (!isStarted || isTaking) return
    isTaking = true
    clearTimeout(timer)
    let delay = pollMs
    try {
      do {
        isWoken = false
        const free = concurrency - running.size
        if (free <= 0) break
        const { leases, nextAt } = await queue.take({ limit: free, leaseMs, now: now() })
        for (const lease of leases) run(lease)
        if (leases.length === free) isWoken = true
        if (nextAt !== null) delay = Math.min(Math.max(nextAt - now(), 0), pollMs)
      } while (isWoken && isStarted)
    } catch (error) {
      onError(error, { stage: "queue" })
      delay = retryAfterMs
    }
    isTaking = false
    if (!isStarted) return
    timer = setTimeout(fill, delay)
    timer.unref()
  }

  function run(lease: Lease): void {
    const entry: Running = { lease, controller: new AbortController(), ended: Promise.resolve() }
    running.add(entry)
    if (heartbeat === undefined) {
      heartbeat = setInterval(renew, leaseMs / 3)
      heartbeat.unref()
    }
    entry.ended = doJob(lease, entry.controller.signal)
      .then((verdict) => settle(entry, verdict))
      .then(() => {
        running.delete(entry)
        wake()
      })
  }

  async function doJob(lease: Lease, signal: AbortSignal): Promise<Verdict> {
    try {
      return await work[lease.job.kind](lease, signal)
    } catch (error) {
      onError(error, { stage: "queue" })
      return { outcome: "again", runAt: now() + faultDelayMs, attempt: null }
    }
  }

  async function settle({ lease, controller }: Running, verdict: Verdict): Promise<void> {
    const { reason } = controller.signal
    if (reason === lost) return
    const handedBack = reason === closing && verdict.outcome !== "succeeded"
    const ending = handedBack ? ({ outcome: "again", runAt: now(), attempt: null } as const) : verdict
    try {
      await queue.settle([{ lease, at: now(), ...ending }])
    } catch (error) {
      // Its lease runs out, and somebody does it again.
      onError(error, { stage: "queue" })
    }
  }

  async function renew(): Promise<void> {
    const entries = [...running]
    if (entries.length === 0) return
    const until = now() + leaseMs
    try {
      const gone = new Set(
        await queue.renew(
          entries.map(({ lease }) => lease),
          until,
        ),
      )
      for (const entry of entries) {
        if (gone.has(entry.lease)) entry.controller.abort(lost)
        else entry.lease = { ...entry.lease, until }
      }
    } catch (error) {
      onError(error, { stage: "queue" })
      // Whoever cannot renew must not go on beside the one who takes over.
      for (const entry of entries) if (entry.lease.until <= now()) entry.controller.abort(lost)
    }
  }

  return {
    start() {
      isStarted = true
      unwatch = queue.watch(wake)
      wake()
    },
    adopt: run,
    abort(organisation, id) {
      for (const { lease, controller } of running) {
        if (lease.job.organisation === organisation && lease.job.id === id) controller.abort(lost)
      }
    },
    async stop(graceMs) {
      isStarted = false
      unwatch()
      clearTimeout(timer)
      const handBack = setTimeout(() => {
        for (const { controller } of running) controller.abort(closing)
      }, graceMs)
      while (isTaking || running.size > 0) await Promise.all([...running].map(({ ended }) => ended).concat(tick()))
      clearTimeout(handBack)
      clearInterval(heartbeat)
    },
  }
}

/** A turn of the event loop, in which a take that is under way may come to its end. */
function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Why the work on a job is ended early: somebody else has it, or nobody is to have it. */
const lost = new DOMException("The job was cancelled, or another worker has taken it over.", "AbortError")
const closing = new DOMException("The service closes: the job is done elsewhere, or later.", "AbortError")
