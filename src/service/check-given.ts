import { checkKeys } from "../model/check-keys.ts"
import type { PipelineStartOptions, RerunOptions } from "../pipelines/run-options.ts"
import type { PublishOptions } from "../triggers/events/create-events.ts"
import type { DeadLetterFilter, ReplayOptions } from "../triggers/queue/dead-letters.ts"
import type { EnqueueOptions } from "../triggers/queue/durable-calls.ts"
import type { SendOptions } from "../triggers/queue/messages.ts"
import { isRecord } from "../util/is-record.ts"
import type { DeployInput, Functions, LayerInput } from "./functions.ts"

/** Every key of a type, which the compiler holds to it. */
type Keys<Type> = { readonly [Key in keyof Required<Type>]: true }
type InvocationFilter = NonNullable<Parameters<Functions["invocations"]["list"]>[0]>

const content = { name: true, source: true, files: true, directory: true, zip: true } as const
const layer: Keys<LayerInput> = content
const deploy: Keys<DeployInput> = { ...content, config: true }
const rollback: Keys<{ to?: number }> = { to: true }
const invocations: Keys<InvocationFilter> = { function: true, status: true, range: true }
const trace = { traceId: true, parentSpanId: true } as const
const idempotency = { idempotencyKey: true, idempotencyTtlMs: true } as const
const enqueue: Keys<EnqueueOptions> = {
  ...{ delayMs: true, runAt: true, priority: true, deadline: true, external: true, transaction: true },
  ...idempotency,
  ...trace,
}
const send: Keys<SendOptions> = { delayMs: true, sender: true, ...idempotency, ...trace }
const publish: Keys<PublishOptions> = { transaction: true, ...trace }
const letters: Keys<Omit<DeadLetterFilter, "target"> & { function?: string }> = {
  ...{ id: true, kind: true, code: true, replayed: true, from: true, to: true, function: true },
}
const replay: Keys<ReplayOptions> = { dryRun: true, perSecond: true, limit: true }
const start: Keys<PipelineStartOptions> = { signal: true, ...idempotency, ...trace }
const rerun: Keys<RerunOptions> = { from: true, input: true }
const kinds = { layer, deploy, rollback, invocations, enqueue, send, publish, letters, replay, start, rerun }

/** What hosts give objects for. */
export type GivenKind =
  | "layer"
  | "deploy"
  | "rollback"
  | "invocations"
  | "enqueue"
  | "send"
  | "publish"
  | "letters"
  | "replay"
  | "start"
  | "rerun"

/**
 * `TypeError` where what was given is no object, and `FN_006` where it has a key that nobody reads: a call that was to come
 * later would come at once, and a filter that is mistyped fits everything.
 */
export function checkGiven(doing: string, given: unknown, kind: GivenKind): void {
  if (given === undefined) return
  const known = Object.keys(kinds[kind])
  if (!isRecord(given)) {
    const shown = given === null ? "null" : Array.isArray(given) ? "a list" : typeof given
    throw new TypeError(`Cannot ${doing}: it takes an object with ${known.join(", ")}, and was given ${shown}.`)
  }
  checkKeys(doing, given, known)
}
