import type { DeadLetter, QueuedInvocation } from "../model/durable-call.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { Job } from "../model/job.ts"
import { notFound } from "../registry/not-found.ts"
import { readPayload } from "../triggers/queue/payload.ts"
import { toPageRequest } from "../util/page-request.ts"
import { readJson } from "../util/read-json.ts"
import { bindEvents } from "./bind-events.ts"
import { checkGiven } from "./check-given.ts"
import type { Functions } from "./functions.ts"
import { toInputText } from "./output.ts"
import type { Parts } from "./parts.ts"

/** The part of an organisation's face that accepts work and follows it. */
export function bindDurableWork(
  { gate, lookup, recorder, routing, durable }: Pick<Parts, "gate" | "lookup" | "recorder" | "routing" | "durable">,
  organisation: string,
): Pick<Functions, "enqueue" | "queues" | "publish" | "events" | "deadLetters" | "pipelines"> & {
  readonly invocations: Pick<Functions["invocations"], "get" | "cancel">
} {
  const { queue, calls, deadLetters, pipelines, consumer, now } = durable
  const { enter } = gate

  /** With what is known of the last try. */
  async function follow(given: Job): Promise<QueuedInvocation> {
    const job = await withLeader(given)
    const last = job.attempts.at(-1)?.invocationId
    return toQueuedInvocation(job, last ? await recorder.find(organisation, last) : null)
  }

  /** A call that was gathered into another is where that one is. */
  async function withLeader(job: Job): Promise<Job> {
    const leader = job.status === "held" && job.leaderId ? await queue.find(organisation, job.leaderId) : null
    if (!leader) return job
    const { status, result, attempts, error, updatedAt } = leader
    return { ...job, status, result, attempts, error, updatedAt }
  }

  /** A run of a pipeline is a job too, and none of these calls; points that are tried again are followed like one. */
  async function findCall(id: string): Promise<Job | null> {
    const job = await queue.find(organisation, id)
    return job?.kind === "function" || job?.kind === "points" ? job : null
  }

  /** What a pipeline declares counts as soon as the caller hears of it. */
  async function declared(pipelineId: string): Promise<void> {
    await routing.refresh(organisation, { kind: "pipeline", id: pipelineId })
    durable.triggersChanged(organisation)
  }

  async function toFilter<Filter extends { readonly function?: string }>(doing: string, given: Filter) {
    checkGiven(`${doing} dead letters`, given, "letters")
    const { function: name, ...filter } = given
    return name === undefined
      ? filter
      : { kind: "function" as const, ...filter, target: (await lookup.find(organisation, name)).name }
  }

  const toDeadLetter = async (job: Job): Promise<DeadLetter> => ({
    ...(await follow(job)),
    kind: job.kind === "pipeline" ? "function" : job.kind,
    input: readJson<unknown>(readPayload(job.payload).inputText, null),
  })

  return {
    enqueue: (name, input, options) =>
      enter(async () => {
        checkGiven("enqueue the call", options, "enqueue")
        return follow(await calls.enqueue(organisation, name, toInputText(input), options))
      }),

    ...bindEvents({ gate, durable }, organisation),

    queues: {
      send: (queueName, message, options) =>
        enter(async () => {
          checkGiven("send the message", options, "send")
          return durable.messages.send(organisation, queueName, toInputText(message), options)
        }),
      get: (id) => durable.messages.get(organisation, id),
    },

    invocations: {
      async get(id) {
        const job = await findCall(id)
        if (job) return follow(job)
        const record = await recorder.find(organisation, id)
        if (!record) throw notFound(`invocation "${id.slice(0, 80)}"`, "no invocation has this id")
        return record
      },
      cancel: (id) =>
        enter(async () => {
          const message = "The call was cancelled."
          const error = { code: "FN_002", name: "FunctionsError", message, stack: "" } as const
          const job = (await findCall(id)) && (await queue.cancel(organisation, id, error, now()))
          if (!job) throw notFound(`invocation "${id.slice(0, 80)}"`, "no enqueued call has this id")
          consumer.abort(organisation, id)
          return follow((await queue.find(organisation, id)) ?? job)
        }),
    },

    deadLetters: {
      async list(filter = {}, page) {
        const { items, next } = await deadLetters.list(
          organisation,
          await toFilter("list", filter),
          toPageRequest(page),
        )
        return { items: await Promise.all(items.map(toDeadLetter)), next }
      },
      get: async (id) => toDeadLetter(await deadLetters.get(organisation, id)),
      replay: (id, change) =>
        enter(async () => {
          const text = change === undefined ? undefined : toInputText(change.input)
          return follow(await deadLetters.replay(organisation, id, text))
        }),
      replayAll: (filter = {}, options) =>
        enter(async () => {
          checkGiven("replay dead letters", options, "replay")
          return deadLetters.replayAll(organisation, await toFilter("replay", filter), options)
        }),
      remove: (id) => enter(() => deadLetters.remove(organisation, id)),
      purge: (filter = {}) => enter(async () => deadLetters.purge(organisation, await toFilter("purge", filter))),
    },

    pipelines: {
      define: (definition) =>
        enter(async () => {
          await routing.follow()
          const pipeline = await pipelines.define(organisation, definition)
          await declared(pipeline.id)
          return pipeline
        }),
      run: (name, input, options) => enter(() => pipelines.run(organisation, name, input, options)),
      start: (name, input, options) =>
        enter(async () => {
          checkGiven("start the pipeline", options, "start")
          return pipelines.start(organisation, name, input, options)
        }),
      rerun: (id, options) =>
        enter(async () => {
          checkGiven("run the pipeline again", options, "rerun")
          return pipelines.rerun(organisation, id, options)
        }),
      cancel: (id, options) => enter(() => pipelines.cancel(organisation, id, options)),
      approve: (id, step, approval) => enter(() => pipelines.approve(organisation, id, step, approval)),
      get: (name) => pipelines.get(organisation, name),
      list: (page) => pipelines.list(organisation, page),
      remove: (name) =>
        enter(async () => {
          const { id } = await pipelines.get(organisation, name)
          await pipelines.remove(organisation, name)
          await declared(id)
        }),
      getRun: (id) => pipelines.getRun(organisation, id),
      provenance: (id) => pipelines.provenance(organisation, id),
      toMermaid: (name) => pipelines.toMermaid(organisation, name),
      runToMermaid: (id) => pipelines.runToMermaid(organisation, id),
      listRuns: (name, page) => pipelines.listRuns(organisation, name, page),
    },
  }
}

const statuses = { delayed: "queued", held: "queued", waiting: "queued" } as const

function toQueuedInvocation(job: Job, last: InvocationRecord | null): QueuedInvocation {
  const { target, status, result, error, attempts } = job
  return {
    ...last,
    id: job.id,
    organisation: job.organisation,
    name: target,
    status: status === "delayed" || status === "held" || status === "waiting" ? statuses[status] : status,
    ...(status === "succeeded" && result !== null && { output: JSON.parse(result) }),
    ...(error && { error }),
    attempts,
    priority: job.priority,
    runAt: job.runAt,
    deadlineAt: job.deadlineAt,
    maxAttempts: job.maxAttempts,
    traceId: job.traceId,
    originId: job.originId,
    replayedAs: job.replayedAs,
    createdAt: job.createdAt,
    updatedAt: job.updatedAt,
  }
}
