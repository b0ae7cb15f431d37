import type { DeadLetter } from "../model/durable-call.ts"
import type { TriggerRecord } from "../model/trigger.ts"
import type { CancelOptions, PipelineStartOptions, RerunOptions } from "../pipelines/run-options.ts"
import type { EventFilter, PublishOptions } from "../triggers/events/create-events.ts"
import type { DeadLetterFilter, ReplayOptions } from "../triggers/queue/dead-letters.ts"
import type { EnqueueOptions } from "../triggers/queue/durable-calls.ts"
import type { SendOptions } from "../triggers/queue/messages.ts"
import {
  type FaceChecks,
  type Field,
  isFlag,
  isSignal,
  isText,
  isTime,
  list,
  object,
  oneOf,
  requiredObject,
  text,
} from "./check-arguments.ts"
import type { DeployInput, Functions, LayerInput } from "./functions.ts"
import type { InvokeOptions } from "./invoke.ts"

/** Every key of a type, which the compiler holds to it. */
type Fields<Type> = { readonly [Key in keyof Required<Type>]: Field }
type Words<Word extends string> = { readonly [Key in Word]: true }

const trace = { traceId: null, parentSpanId: null }
/** What a mount hands on of a caller's trace beside its ids. */
const carried = { traceState: null, sampled: null }

const invoke: Fields<InvokeOptions> = { ...trace, ...carried, signal: isSignal, external: isFlag }
const enqueue: Fields<EnqueueOptions> = {
  ...trace,
  ...{ delayMs: null, runAt: null, priority: null, deadline: null, idempotencyKey: null, idempotencyTtlMs: null },
  ...{ external: isFlag, transaction: null },
}
const publish: Fields<PublishOptions> = { ...trace, transaction: null }
const send: Fields<SendOptions> = {
  ...trace,
  ...{ delayMs: null, idempotencyKey: null, idempotencyTtlMs: null, sender: null },
}
const start: Fields<PipelineStartOptions> = {
  ...trace,
  ...{ signal: isSignal, idempotencyKey: null, idempotencyTtlMs: null },
}
const rerun: Fields<RerunOptions> = { from: isText, input: null }
const cancel: Fields<CancelOptions> = { undo: isFlag }
const replay: Fields<ReplayOptions> = { dryRun: isFlag, perSecond: null, limit: null }

type InvocationFilter = NonNullable<Parameters<Functions["invocations"]["list"]>[0]>
const content = { name: null, source: null, files: null, directory: null, zip: null }
const layer: Fields<LayerInput> = content
const deploy: Fields<DeployInput> = { ...content, config: null }
const create: Fields<Parameters<Functions["create"]>[0]> = { name: null, config: null }
const rollback: Fields<{ readonly to?: number }> = { to: null }
const invocationStatuses: Words<NonNullable<InvocationFilter["status"]>> = { succeeded: true, failed: true }
const invocations: Fields<InvocationFilter> = {
  ...{ function: isText, status: oneOf(Object.keys(invocationStatuses)), range: null },
}

const kinds: Words<DeadLetter["kind"]> = {
  ...{ function: true, message: true, event: true, notification: true, forecast: true, points: true },
}
const letters: Fields<Omit<DeadLetterFilter, "target"> & { readonly function?: string }> = {
  ...{ function: isText, id: isText, kind: oneOf(Object.keys(kinds)), code: isText, replayed: isFlag },
  ...{ from: isTime, to: isTime },
}
const eventStatuses: Words<NonNullable<EventFilter["status"]>> = {
  ...{ delivered: true, failed: true, cancelled: true, running: true },
}
const events: Fields<EventFilter> = {
  ...{ type: isText, status: oneOf(Object.keys(eventStatuses)), from: isTime, to: isTime },
}
const triggerTypes: Words<TriggerRecord["type"]> = {
  ...{
    schedule: true,
    cron: true,
    event: true,
    pubsub: true,
    webhook: true,
    queue: true,
    database: true,
    storage: true,
    auth: true,
  },
}
const triggers = { type: oneOf(Object.keys(triggerTypes)), function: isText, pipeline: isText }

const id = text("id")
const name = text("name")
const page = object("page", { limit: null, cursor: isText })
const options = (fields: Readonly<Record<string, Field>>) => object("options", { ...carried, ...fields })
const filter = (fields: Readonly<Record<string, Field>>) => object("filter", fields)

/** What the methods take that deploy code, and that accept and follow work. */
export const faceArguments: FaceChecks<Functions> = {
  invoke: ["call the function", name, null, options(invoke)],
  run: ["call the function", name, null, options(invoke)],
  deploy: ["deploy", requiredObject("input", deploy)],
  rollback: ["roll back", name, object("options", rollback)],
  create: ["create the function", requiredObject("input", create)],
  get: ["get the function", name],
  list: ["list functions", page],
  versions: ["list versions", name],
  activations: ["list activations", name],
  update: ["update the function", name],
  setEnvironment: ["set the environment", name],
  remove: ["remove the function", name],
  aliases: {
    set: ["set the alias", name],
    list: ["list aliases", name],
    remove: ["remove the alias", name],
    promote: ["promote the alias", name],
  },
  metrics: { summary: ["summarise metrics", name], report: ["report on metrics", name] },
  layers: { deploy: ["deploy the layer", requiredObject("input", layer)] },
  enqueue: ["enqueue the call", name, null, options(enqueue)],
  queues: { send: ["send the message", text("queue"), null, options(send)], get: ["get the message", id] },
  publish: ["publish the event", null, options(publish)],
  events: {
    publishAll: ["publish the events", list("events"), options(publish)],
    get: ["get the event", id],
    list: ["list events", filter(events), page],
  },
  invocations: {
    list: ["list invocations", filter(invocations), page],
    get: ["get the invocation", id],
    cancel: ["cancel the call", id],
  },
  deadLetters: {
    list: ["list dead letters", filter(letters), page],
    get: ["get the dead letter", id],
    replay: ["replay the dead letter", id, object("change", { input: null })],
    replayAll: ["replay dead letters", filter(letters), object("options", replay)],
    remove: ["remove the dead letter", id],
    purge: ["purge dead letters", filter(letters)],
  },
  pipelines: {
    run: ["run the pipeline", name, null, options({ ...trace, signal: isSignal })],
    start: ["start the pipeline", name, null, options(start)],
    rerun: ["run the pipeline again", id, object("options", rerun)],
    cancel: ["cancel the run", id, object("options", cancel)],
    approve: ["approve", id, text("step"), object("approval", { approved: null, by: isText, comment: isText })],
    get: ["get the pipeline", name],
    list: ["list pipelines", page],
    remove: ["remove the pipeline", name],
    getRun: ["get the run", id],
    provenance: ["get the provenance", id],
    toMermaid: ["draw the pipeline", name],
    runToMermaid: ["draw the run", id],
    listRuns: ["list runs", name, page],
  },
  triggers: {
    list: ["list triggers", filter(triggers), page],
    get: ["get the trigger", id],
    pause: ["pause the trigger", id],
    resume: ["resume the trigger", id],
    fire: ["fire the trigger", id, object("options", { event: null })],
    firings: ["list firings", id, page],
    replay: ["replay the firing", id, text("firingId")],
  },
}
