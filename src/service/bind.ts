import { FunctionsError } from "../errors/functions-error.ts"
import type { Metrics } from "../metrics/create-metrics.ts"
import type { Recorder } from "../metrics/create-recorder.ts"
import type { FunctionRecord } from "../model/function.ts"
import { toFunctionReference } from "../model/name.ts"
import type { Pipelines } from "../pipelines/create-pipelines.ts"
import type { RuntimeInput } from "../ports/runtime.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { Catalogue } from "../registry/catalogue.ts"
import type { Deployer } from "../registry/deployer.ts"
import type { Layers } from "../registry/layers.ts"
import type { Lookup } from "../registry/lookup.ts"
import { notFound } from "../registry/not-found.ts"
import { toPageRequest } from "../util/page-request.ts"
import type { FunctionDetails, Functions, InvokeOptions, RawAnswer } from "./functions.ts"
import type { Gate } from "./gate.ts"
import type { AnswerOptions, Invoke } from "./invoker.ts"
import { toInvocation, toRuntimeInput, unwrap } from "./output.ts"
import type { Routing } from "./routing.ts"

/** The parts of the service that a face calls. */
export interface Parts {
  readonly gate: Gate
  readonly store: FunctionStore
  readonly lookup: Lookup
  readonly deployer: Deployer
  readonly catalogue: Catalogue
  readonly layers: Layers
  readonly invoke: Invoke
  readonly recorder: Recorder
  readonly metrics: Metrics
  readonly pipelines: Pipelines
  readonly routing: Routing
}

/** The face of one organisation. `actor` is who the history names. */
export function bindFunctions(parts: Parts, organisation: string, actor: string): Functions {
  const { store, lookup, deployer, catalogue, layers, recorder, metrics, pipelines, routing } = parts
  const { enter } = parts.gate
  const invoke: Invoke = (...args) => enter(() => parts.invoke(...args))

  /** Resolves with the answer; the gate keeps counting the call until it has ended. */
  function answerRaw(name: string, input: RuntimeInput, options: InvokeOptions & AnswerOptions): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      invoke(organisation, name, input, { ...options, onAnswer: resolve }).then(resolve, reject)
    })
  }

  async function toDetails(record: FunctionRecord): Promise<FunctionDetails> {
    const { id, activeVersion } = record
    const version = activeVersion === null ? null : await store.findVersion(organisation, id, activeVersion)
    return { ...record, configuration: version?.configuration ?? null }
  }

  /** Routes follow what was stored, before the caller hears of it. */
  function route<Result>(change: () => Promise<Result>, idOf: (result: Result) => string): Promise<Result> {
    return enter(async () => {
      const result = await change()
      await routing.refresh(organisation, idOf(result))
      return result
    })
  }

  const find = (name: string) => lookup.find(organisation, name)

  /** Where there is no such function, the host's own code is told which name is near; callers from outside are not. */
  async function named<Answer>(name: string, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer
    } catch (error) {
      if (error instanceof FunctionsError && error.code === "FN_001") await find(toFunctionReference(name).target)
      throw error
    }
  }

  return {
    organisationId: organisation,
    deploy: (input) =>
      route(
        () => deployer.deploy(organisation, input, actor),
        ({ functionId }) => functionId,
      ),
    create: async ({ name, config }) =>
      toDetails(
        await route(
          () => catalogue.create(organisation, name, config),
          ({ id }) => id,
        ),
      ),
    rollback: (name, options) => enter(() => catalogue.rollback(organisation, name, options?.to, actor)),
    get: async (name) => toDetails(await find(name)),
    async list(page) {
      const { items, next } = await store.list(organisation, toPageRequest(page))
      return { items: await Promise.all(items.map(toDetails)), next }
    },
    versions: async (name) => store.listVersions(organisation, (await find(name)).id),
    activations: async (name) => store.listActivations(organisation, (await find(name)).id),
    update: async (name, change) =>
      toDetails(
        await route(
          () => catalogue.update(organisation, name, change, actor),
          ({ id }) => id,
        ),
      ),
    setEnvironment: (name, change) => enter(() => catalogue.setEnvironment(organisation, name, change)),
    remove: async (name) =>
      void (await route(
        () => catalogue.remove(organisation, name),
        (id) => id,
      )),
    aliases: {
      set: (name, alias, version) => enter(() => catalogue.setAlias(organisation, name, alias, version)),
      list: async (name) => store.listAliases(organisation, (await find(name)).id),
      remove: (name, alias) => enter(() => catalogue.removeAlias(organisation, name, alias)),
      promote: (name, alias) => enter(() => catalogue.promote(organisation, name, alias, actor)),
    },

    layers: {
      deploy: (input) => enter(() => layers.deploy(organisation, input, actor)),
      get: (name) => layers.get(organisation, name),
      list: (page) => layers.list(organisation, toPageRequest(page)),
      versions: (name) => layers.versions(organisation, name),
      remove: (name) => enter(() => layers.remove(organisation, name, actor)),
    },

    async invoke<Output>(name: string, input: unknown, options = {}) {
      return (await unwrap(await named(name, answerRaw(name, toRuntimeInput(input), options)))) as Output
    },
    run: async (name, input, options = {}) =>
      toInvocation(await named(name, invoke(organisation, name, toRuntimeInput(input), options))),
    runRaw: (name, input, options = {}) => invoke(organisation, name, input, options),
    answerRaw: (name, input, options = {}) => answerRaw(name, input, { ...options, acceptsStream: true }),
    invocations: {
      async get(id) {
        const record = await recorder.find(organisation, id)
        if (!record) throw notFound(`invocation "${id.slice(0, 80)}"`, "no invocation has this id")
        return record
      },
      async list({ function: name, ...filter } = {}, page) {
        const functionId = name === undefined ? undefined : (await find(name)).id
        return recorder.list(organisation, { ...filter, ...(functionId && { functionId }) }, toPageRequest(page))
      },
    },

    pipelines: {
      define: (definition) => enter(() => pipelines.define(organisation, definition)),
      run: (name, input, options) => enter(() => pipelines.run(organisation, name, input, options)),
      get: (name) => pipelines.get(organisation, name),
      list: (page) => pipelines.list(organisation, page),
      remove: (name) => enter(() => pipelines.remove(organisation, name)),
      getRun: (id) => pipelines.getRun(organisation, id),
      listRuns: (name, page) => pipelines.listRuns(organisation, name, page),
    },
    metrics: {
      async summary(name, options) {
        const record = await find(name)
        return metrics.summary(organisation, record.id, record.name, options?.range)
      },
    },
    route: (method, path) => routing.match(organisation, method, path),
  }
}
