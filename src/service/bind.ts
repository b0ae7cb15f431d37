import { FunctionsError } from "../errors/functions-error.ts"
import type { FunctionRecord } from "../model/function.ts"
import { toFunctionReference } from "../model/name.ts"
import type { RuntimeInput } from "../ports/runtime.ts"
import { toPageRequest } from "../util/page-request.ts"
import { bindAnomalies } from "./anomalies-face.ts"
import { bindAlerts } from "./bind-alerts.ts"
import { bindDurableWork } from "./bind-durable-work.ts"
import { bindForecasts } from "./bind-forecasts.ts"
import { bindTriggers } from "./bind-triggers.ts"
import { checkGiven } from "./check-given.ts"
import { bindErrors } from "./errors-face.ts"
import type { FunctionDetails, Functions } from "./functions.ts"
import { bindIngestion } from "./ingestion-face.ts"
import type { AnswerOptions, Invoke, InvokeOptions, RawAnswer } from "./invoke.ts"
import { bindLogs } from "./logs-face.ts"
import { bindMetrics } from "./metrics-face.ts"
import { toInvocation, toRuntimeInput, unwrap } from "./output.ts"
import type { Parts } from "./parts.ts"
import { bindTraces } from "./traces-face.ts"

/** The face of one organisation. `actor` is who the history names. */
export function bindFunctions(parts: Parts, organisation: string, actor: string): Functions {
  const { store, lookup, deployer, catalogue, layers, recorder, routing, connections } = parts
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
      // What another process has routed meanwhile is taken.
      await routing.follow()
      const result = await change()
      await routing.refresh(organisation, { kind: "function", id: idOf(result) })
      parts.durable.triggersChanged(organisation)
      return result
    })
  }

  const find = (name: string) => lookup.find(organisation, name)
  const durable = bindDurableWork(parts, organisation)

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
        async () => {
          checkGiven("deploy", input ?? null, "deploy")
          return deployer.deploy(organisation, input, actor)
        },
        ({ functionId }) => functionId,
      ),
    create: async ({ name, config }) =>
      toDetails(
        await route(
          () => catalogue.create(organisation, name, config),
          ({ id }) => id,
        ),
      ),
    rollback: (name, options) =>
      enter(async () => {
        checkGiven("roll back", options, "rollback")
        return catalogue.rollback(organisation, name, options?.to, actor)
      }),
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
      deploy: (input) =>
        enter(async () => {
          checkGiven("deploy the layer", input ?? null, "layer")
          return layers.deploy(organisation, input, actor)
        }),
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
    ...durable,
    triggers: bindTriggers(parts, organisation),
    alerts: bindAlerts(parts, organisation, actor),
    forecasts: bindForecasts(parts, organisation),
    anomalies: bindAnomalies(parts, organisation, actor),
    invocations: {
      ...durable.invocations,
      async list(given = {}, page) {
        checkGiven("list invocations", given, "invocations")
        const { function: name, ...filter } = given
        const functionId = name === undefined ? undefined : (await find(name)).id
        return recorder.list(organisation, { ...filter, ...(functionId && { functionId }) }, toPageRequest(page))
      },
    },

    connections: {
      authorize: (provider, options) => enter(() => connections.authorize(organisation, provider, options)),
      finish: (provider, options) => enter(() => connections.finish(organisation, provider, options, actor)),
      list: () => connections.list(organisation),
      get: (provider) => connections.get(organisation, provider),
      remove: (provider) => enter(() => connections.remove(organisation, provider, actor)),
    },

    errors: bindErrors(parts, organisation, actor),
    logs: bindLogs(parts, organisation),
    metrics: bindMetrics(parts, organisation),
    ingestion: bindIngestion(parts, organisation),
    traces: bindTraces(parts, organisation),
    followRoutes: routing.follow,
    route: (method, path) => routing.match(organisation, method, path),
    receive: (match, delivery) => enter(() => parts.durable.webhooks.receive(match, delivery)),
  }
}
