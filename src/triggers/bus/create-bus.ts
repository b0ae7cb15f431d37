import { FunctionsError } from "../../errors/functions-error.ts"
import type { Gathering } from "../../model/flow.ts"
import type { AskedBy, NewJob } from "../../model/job.ts"
import type { Firing, FiringCause, TriggerRecord, TriggerTarget } from "../../model/trigger.ts"
import type { NewFiring, TriggerStore } from "../../ports/trigger-storage.ts"
import { createActiveTriggers } from "./active-triggers.ts"

/** Why a trigger fires, and with what. */
export interface FireRequest {
  readonly cause: FiringCause
  /** A trigger fires once for a key; null makes it fire in any case. */
  readonly key: string | null
  /** What the target is given; any JSON. */
  readonly event: unknown
  /** Of a schedule: epoch milliseconds. */
  readonly scheduledFor?: number | null
  /** The firing that this one does again. */
  readonly originId?: string
  /** The trace that the call goes on with. @default a new one */
  readonly traceId?: string
  /** How many events led to it. @default 0 */
  readonly depth?: number
  /** What it was asked for by, where that is known. */
  readonly askedBy?: Pick<AskedBy, "spanId">
}

/** The command that makes the job of a call or a run; rejects with a `FunctionsError` where the target cannot be called. */
export type PrepareJob = (
  organisation: string,
  target: TriggerTarget,
  event: unknown,
  /** Calls of one trigger that are made together. */
  gathering: Gathering | undefined,
) => Promise<NewJob>

/** What the bus needs from the rest of the service. */
export interface BusOptions {
  readonly store: TriggerStore
  readonly prepare: Readonly<Record<TriggerTarget["kind"], PrepareJob>>
  /** Epoch milliseconds. */
  readonly now: () => number
  readonly newId: (nowMs: number) => string
}

/** The one way from whatever happens to the calls and runs that it brings. */
export interface Bus {
  /**
   * Puts the job of the trigger's target and writes the firing down, in one transaction. Where the trigger has fired for the
   * key already, that firing is answered and nothing else happens.
   */
  fire(trigger: TriggerRecord, request: FireRequest): Promise<Firing>
  /** A firing that is not written down yet. */
  prepare(trigger: TriggerRecord, request: FireRequest): Promise<NewFiring>
  /** The active triggers of a type that is no schedule's; what another process has changed counts after two seconds. */
  triggersOf(organisation: string, type: TriggerRecord["type"]): Promise<readonly TriggerRecord[]>
  /** The triggers of this organisation are others now. */
  changed(organisation: string): void
}

/** Creates the bus. */
export function createBus({ store, prepare, now, newId }: BusOptions): Bus {
  const active = createActiveTriggers({ store, now })

  async function prepareFiring(trigger: TriggerRecord, request: FireRequest): Promise<NewFiring> {
    const { cause, key, event = null, scheduledFor = null, originId = null, traceId, depth = 0, askedBy } = request
    const { organisation, id: triggerId, target, status } = trigger
    const firedAt = now()
    const id = newId(firedAt)
    const begun = { organisation, id, triggerId, cause, key, scheduledFor, firedAt, event, originId }
    const without = (outcome: "skipped" | "refused", reason: string): NewFiring => ({
      firing: { ...begun, outcome, reason, jobId: null },
      job: null,
    })
    // Whoever asks for it in so many words gets it.
    if (status === "paused" && cause !== "test" && cause !== "replay")
      return without("skipped", "The trigger is paused.")
    try {
      const prepared = await prepare[target.kind](organisation, target, event, toGathering(trigger))
      const firing = { id, trigger: trigger.name, type: trigger.type, at: firedAt }
      const asked = { askedBy: { ...askedBy, firing }, ...(traceId !== undefined && { traceId }) }
      const job = { ...prepared, depth, ...asked }
      return { firing: { ...begun, outcome: "queued", reason: null, jobId: job.id }, job }
    } catch (error) {
      if (!(error instanceof FunctionsError) || error.code === "FN_008") throw error
      return without("refused", `${error.code}: ${error.message}`)
    }
  }

  return {
    prepare: prepareFiring,
    async fire(trigger, request) {
      const entry = await prepareFiring(trigger, request)
      const [firing] = await store.fire([entry])
      return firing ?? entry.firing
    },
    triggersOf: active.ofType,
    changed: active.forget,
  }
}

/** In seconds: how long the first of a batch waits for others where its trigger does not say it. */
const defaultBatchTimeout = 5

function toGathering({ id, configuration }: TriggerRecord): Gathering | undefined {
  if (!("batchSize" in configuration) || configuration.batchSize === undefined) return undefined
  const { batchSize, batchTimeout = defaultBatchTimeout } = configuration
  return { mode: "batch", key: `trigger/${id}`, maxSize: batchSize, timeoutMs: batchTimeout * 1000 }
}
