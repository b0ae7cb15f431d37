import type { Flow } from "../../model/flow.ts"
import type { NewJob } from "../../model/job.ts"
import type { Queue } from "../../ports/queue.ts"

/** How organisations share the queue. */
export interface QueueShares {
  /** Turns of an organisation's work where another has one: by its id, or asked for each time. @default 1 */
  readonly weights?: Readonly<Record<string, number>> | ((organisation: string) => number | undefined)
  /**
   * Accepted calls and runs of one organisation that are under way at once, in all processes together: one number for
   * each of them, or asked for each time. @default no limit
   */
  readonly organisationConcurrency?: number | ((organisation: string) => number | undefined)
}

/** The lane that all work of an organisation shares; no function's name has a star. */
const laneKey = "*"
const noFlow: Flow = { gathering: null, throttle: null, lanes: [] }

/** Gives a job the weight and the bound of its organisation. */
export type ShareJob = (job: NewJob) => NewJob

/** The queue, with the organisation's share on everything that is put, whoever puts it. */
export function createSharedQueue(queue: Queue, share: ShareJob): Queue {
  const { join } = queue
  return {
    ...queue,
    put: (jobs) => queue.put(jobs.map(share)),
    ...(join && {
      join(transaction: unknown) {
        const joined = join(transaction)
        return { put: (job: NewJob) => joined.put(share(job)) }
      },
    }),
  }
}

/** Makes what gives jobs their shares. `RangeError` where a weight or a bound is none. */
export function createShares({ weights = {}, organisationConcurrency }: QueueShares): ShareJob {
  const weightOf = typeof weights === "function" ? weights : (organisation: string) => ownEntry(weights, organisation)
  const limitOf =
    typeof organisationConcurrency === "function" ? organisationConcurrency : () => organisationConcurrency
  if (typeof weights !== "function") for (const organisation of Object.keys(weights)) checkWeight(weights[organisation])
  if (organisationConcurrency !== undefined && typeof organisationConcurrency !== "function")
    checkLimit(organisationConcurrency)

  return (job) => {
    const weight = checkWeight(weightOf(job.organisation) ?? 1)
    const limit = limitOf(job.organisation)
    // Who puts a job and does it at once does not wait for it, as nobody waits who calls.
    if (limit === undefined || job.leasedUntil !== null) return { ...job, weight }
    const { lanes, ...flow } = job.flow ?? noFlow
    const others = lanes.filter(({ key }) => key !== laneKey)
    return { ...job, weight, flow: { ...flow, lanes: [...others, { key: laneKey, limit: checkLimit(limit) }] } }
  }
}

function ownEntry(weights: Readonly<Record<string, number>>, organisation: string): number | undefined {
  return Object.hasOwn(weights, organisation) ? weights[organisation] : undefined
}

function checkWeight(weight: number | undefined): number {
  if (weight !== undefined && weight >= 0.001 && weight <= 1000) return weight
  throw new RangeError(`Cannot use queue weight ${weight}: it must be a number from 0.001 to 1000.`)
}

function checkLimit(limit: number): number {
  if (Number.isSafeInteger(limit) && limit >= 1) return limit
  throw new RangeError(`Cannot use queue.organisationConcurrency ${limit}: it must be a whole number from 1.`)
}
