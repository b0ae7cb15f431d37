import type { Lease } from "../../model/job.ts"
import type { Queue } from "../../ports/queue.ts"

/** Work under a lease. */
export interface LeasedWork {
  lease: Lease
  readonly controller: AbortController
}

/** Renews the leases of work that is under way, and ends the work whose lease it cannot keep. */
export interface LeaseKeeper {
  keep(work: LeasedWork): void
  release(work: LeasedWork): void
  stop(): void
}

/** Why work is ended early: somebody else has it, or nobody is to have it. */
export const lost: DOMException = new DOMException(
  "The job was cancelled, or another worker has taken it over.",
  "AbortError",
)

/** Of the lease: how often to look, and after how much to renew. */
const looks = 0.1
const renewsAfter = 0.3

/** After how much of a lease to stop. The work is over before others take over: a call that is aborted has a second left. */
function stopsAfter(leaseMs: number): number {
  return Math.max(leaseMs * 0.65, Math.min(leaseMs * 0.8, leaseMs - 2000))
}

/** Creates a keeper. It goes by a clock that nobody can set, for how long a lease still holds is not to be mistaken. */
export function createLeaseKeeper(options: {
  readonly queue: Pick<Queue, "renew">
  readonly leaseMs: number
  readonly now: () => number
  readonly onError: (error: unknown, context: { readonly stage: "queue" }) => void
}): LeaseKeeper {
  const { queue, leaseMs, now, onError } = options
  /** When each lease was last certain, by the clock of `performance`. */
  const keptAt = new Map<LeasedWork, number>()
  let timer: NodeJS.Timeout | undefined
  /** Since when a renewal is under way; one that has no answer for long is not waited for. */
  let renewingSince = Number.NEGATIVE_INFINITY

  function look(): void {
    const at = performance.now()
    let oldest = at
    for (const [work, kept] of keptAt) {
      // The storage may not even answer: whoever cannot renew must not go on beside the one who takes over.
      if (at - kept >= stopsAfter(leaseMs)) work.controller.abort(lost)
      else oldest = Math.min(oldest, kept)
    }
    if (Math.min(at - oldest, at - renewingSince) >= leaseMs * renewsAfter) void renew(at)
  }

  async function renew(at: number): Promise<void> {
    renewingSince = at
    const all = [...keptAt.keys()].filter(({ controller }) => !controller.signal.aborted)
    const leases = all.map(({ lease }) => lease)
    const until = now() + leaseMs
    try {
      const gone = new Set(await queue.renew(leases, until))
      for (const [index, work] of all.entries()) {
        const lease = leases[index]
        if (!lease || gone.has(lease)) work.controller.abort(lost)
        else if (keptAt.has(work)) {
          work.lease = { ...lease, until }
          keptAt.set(work, at)
        }
      }
    } catch (error) {
      onError(error, { stage: "queue" })
    }
    if (renewingSince === at) renewingSince = Number.NEGATIVE_INFINITY
  }

  return {
    keep(work) {
      const age = leaseMs - (work.lease.until - now())
      keptAt.set(work, performance.now() - Math.max(0, age))
      timer ??= setInterval(look, leaseMs * looks).unref()
    },
    release(work) {
      keptAt.delete(work)
      if (keptAt.size > 0) return
      clearInterval(timer)
      timer = undefined
    },
    stop() {
      clearInterval(timer)
      timer = undefined
    },
  }
}
