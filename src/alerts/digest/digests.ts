import { type DigestPeriod, digestPeriods } from "../../model/digest.ts"
import type { ClosedWindow } from "../../model/metrics.ts"
import type { AlertCheck } from "../../ports/alert-storage.ts"
import type { Queue } from "../../ports/queue.ts"
import { isRecord } from "../../util/is-record.ts"
import type { WakeAfter } from "../../util/wake-after.ts"
import type { CheckRunner } from "../checks/check-runner.ts"
import { jobId } from "../job-id.ts"
import type { ToJobs } from "../notification.ts"
import { type DigestSource, makeDigest } from "./make-digest.ts"
import { lastPeriod, reportAt } from "./periods.ts"

/** A report that channels are sent. */
export interface DigestOptions {
  readonly every: DigestPeriod
  /** How many hours after the end of the period, which is at midnight UTC: 0 to 23. @default 6 */
  readonly hour?: number
  /** Functions that it is about: names, and patterns such as `transform-*`. @default all of them */
  readonly functions?: readonly string[]
  /** Names of channels. @default all of them that hear of the organisation */
  readonly channels?: readonly string[]
}

/** Reports of every organisation that has calls. */
export interface Digests {
  /** Of every minute that ends: its organisation is to be reported on. */
  observe(window: ClosedWindow): void
  /** Whether a check is about a report. */
  isMeant(check: AlertCheck): boolean
  /** Sends one; answers when the next one is due, or null where there was nothing to report on. */
  perform(check: AlertCheck): Promise<number | null>
  /** Has what was called be reported on by whoever goes on. */
  stop(): Promise<void>
}

const prefix = "digest:"
const maxOrganisations = 10_000

/** Creates them; `TypeError` where one cannot be used. */
export function createDigests(options: {
  readonly given: Readonly<Record<string, DigestOptions>>
  readonly channels: readonly string[]
  readonly digestSource: DigestSource
  readonly queue: Pick<Queue, "put">
  readonly toJobs: ToJobs
  readonly wake: CheckRunner["wake"]
  readonly now: () => number
  readonly wakeAfter: WakeAfter
  readonly onError: (error: unknown, context: { readonly stage: "alerts" }) => void
}): Digests {
  const { given, digestSource, queue, toJobs, wake, now, wakeAfter, onError } = options
  const digests = Object.entries(given)
  for (const [name, digest] of digests) checkDigest(name, digest, options.channels)
  /** Until when the reports of an organisation need not be thought of. */
  const known = new Map<string, number>()
  /** Those that have been called, with when a minute of theirs ended. */
  let called = new Map<string, number>()
  let stopWaiting = () => {}

  async function wakeAll(): Promise<void> {
    const gathered = called
    called = new Map()
    for (const [organisation, endsAt] of gathered) {
      try {
        for (const [name, { every, hour = 6 }] of digests) {
          await wake([{ organisation, id: `${prefix}${name}` }], reportAt(every, endsAt - 1, hour))
        }
      } catch (error) {
        known.delete(organisation)
        onError(error, { stage: "alerts" })
      }
    }
  }

  return {
    observe({ organisation, endsAt }) {
      if (digests.length === 0 || (known.get(organisation) ?? 0) >= endsAt) return
      if (known.size >= maxOrganisations) known.clear()
      known.set(organisation, reportAt("day", endsAt - 1, 0))
      if (called.size === 0) stopWaiting = wakeAfter(0, wakeAll)
      called.set(organisation, endsAt)
    },
    isMeant: ({ id }) => id.startsWith(prefix),
    async perform({ organisation, id }) {
      const name = id.slice(prefix.length)
      const digest = Object.hasOwn(given, name) ? given[name] : undefined
      if (!digest) return null
      const { every, hour = 6, functions, channels = null } = digest
      const range = lastPeriod(every, now())
      const made = await makeDigest(digestSource, { organisation, name, every, range }, functions)
      if (!made) return null
      const jobs = toJobs({ reason: "digest", alert: null, digest: made }, channels)
      // Whoever does this once more, because it died before it could say so, puts the same jobs.
      await queue.put(jobs.map((job) => ({ ...job, id: jobId(range.to, [organisation, id, job.target]) })))
      return reportAt(every, now(), hour)
    },
    async stop() {
      stopWaiting()
      await wakeAll()
    },
  }
}

const keys: { readonly [Key in keyof Required<DigestOptions>]: true } = {
  ...{ every: true, hour: true, functions: true, channels: true },
}

/** What is mistyped would have it told to everybody, or of everything. */
function checkDigest(name: string, digest: DigestOptions, known: readonly string[]): void {
  const refuse = (why: string): never => {
    throw new TypeError(`Cannot use alerts.digests "${name.slice(0, 80)}": ${why}.`)
  }
  if (!isRecord(digest as unknown)) refuse("it must be an object")
  const mistyped = Object.keys(digest).find((key) => !Object.hasOwn(keys, key))
  if (mistyped !== undefined) refuse(`${mistyped} is not known: there are ${Object.keys(keys).join(", ")}`)
  const { every, hour = 6, functions = [], channels = [] } = digest
  if (!/^[a-z0-9-]{1,40}$/.test(name)) refuse('a name has a to z, 0 to 9 and "-"')
  if (!digestPeriods.includes(every)) refuse(`every must be one of ${digestPeriods.join(", ")}`)
  if (!Number.isInteger(hour) || hour < 0 || hour > 23) refuse("hour must be a whole number from 0 to 23")
  if (!Array.isArray(functions) || !Array.isArray(channels)) refuse("functions and channels must be lists of names")
  const unknown = channels.find((channel) => !known.includes(channel))
  if (unknown !== undefined) refuse(`there is no channel "${unknown}"`)
}
