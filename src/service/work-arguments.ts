import type { DeadLetter } from "../model/durable-call.ts"
import type { TriggerRecord } from "../model/trigger.ts"
import type { Approval } from "../pipelines/outside.ts"
import type { CancelOptions, PipelineRunOptions, PipelineStartOptions, RerunOptions } from "../pipelines/run-options.ts"
import type { EventFilter, PublishOptions } from "../triggers/events/create-events.ts"
import type { DeadLetterFilter, ReplayOptions } from "../triggers/queue/dead-letters.ts"
import type { EnqueueOptions } from "../triggers/queue/durable-calls.ts"
import type { SendOptions } from "../triggers/queue/messages.ts"
import {
  calledTrace,
  carried,
  type Fields,
  filter,
  id,
  name,
  options,
  page,
  trace,
  type Words,
} from "./argument-fields.ts"
import {
  type FaceChecks,
  isFlag,
  isNumber,
  isSignal,
  isText,
  isTime,
  isTimeRange,
  list,
  notAllUndefined,
  object,
  oneOf,
  requiredObject,
  text,
} from "./check-arguments.ts"
import type { Functions } from "./functions.ts"
import type { InvokeOptions } from "./invoke.ts"

const invoke: Fields<InvokeOptions> = { ...calledTrace, ...carried, signal: isSignal, external: isFlag }
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
const run: Fields<PipelineRunOptions> = { ...trace, signal: isSignal }
const start: Fields<PipelineStartOptions> = {
  ...trace,
  ...{ signal: isSignal, idempotencyKey: null, idempotencyTtlMs: null },
}
const rerun: Fields<RerunOptions> = { from: isText, input: null }
const cancel: Fields<CancelOptions> = { undo: isFlag }
const replay: Fields<ReplayOptions> = { dryRun: isFlag, perSecond: isNumber, limit: isNumber }

type InvocationFilter = NonNullable<Parameters<Functions["invocations"]["list"]>[0]>
const invocationStatuses: Words<NonNullable<InvocationFilter["status"]>> = { succeeded: true, failed: true }
const invocations: Fields<InvocationFilter> = {
  ...{ function: isText, status: oneOf(Object.keys(invocationStatuses)), range: isTimeRange },
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
const triggers: Fields<NonNullable<Parameters<Functions["triggers"]["list"]>[0]>> = {
  type: oneOf(Object.keys(triggerTypes)),
  function: isText,
  pipeline: isText,
}

const clearing = notAllUndefined("filter", filter(letters))
type Change = NonNullable<Parameters<Functions["deadLetters"]["replay"]>[1]>
const change: Fields<Change> = { input: null }
const approval: Fields<Approval> = { approved: null, by: isText, comment: isText }
type FireOptions = NonNullable<Parameters<Functions["triggers"]["fire"]>[1]>
const fire: Fields<FireOptions> = { event: null }

/** What the methods take that accept and follow work. */
export const workArguments: FaceChecks<Functions> = {
  invoke: ["call the function", name, null, options(invoke)],
  run: ["call the function", name, null, options(invoke)],
  runRaw: ["call the function", name, null, options(invoke)],
  answerRaw: ["call the function", name, null, options(invoke)],
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
    replay: ["replay the dead letter", id, object("change", change)],
    replayAll: ["replay dead letters", clearing, object("options", replay)],
    remove: ["remove the dead letter", id],
    purge: ["purge dead letters", clearing],
  },
  pipelines: {
    run: ["run the pipeline", name, null, options(run)],
    start: ["start the pipeline", name, null, options(start)],
    rerun: ["run the pipeline again", id, object("options", rerun)],
    cancel: ["cancel the run", id, object("options", cancel)],
    approve: ["approve", id, text("step"), requiredObject("approval", approval)],
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
    fire: ["fire the trigger", id, object("options", fire)],
    firings: ["list firings", id, page],
    replay: ["replay the firing", id, text("firingId")],
  },
}
