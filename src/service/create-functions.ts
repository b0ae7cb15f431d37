import { EventEmitter } from "eventemitter3"
import { createMetrics } from "../metrics/create-metrics.ts"
import { createRecorder } from "../metrics/create-recorder.ts"
import type { Facts, Tell } from "../model/facts.ts"
import { checkOrganisation, defaultOrganisation } from "../model/name.ts"
import { createBundler } from "../registry/bundler.ts"
import { createCatalogue } from "../registry/catalogue.ts"
import { createDeployer } from "../registry/deployer.ts"
import { createLayerCode } from "../registry/layer-code.ts"
import { createLayers } from "../registry/layers.ts"
import { createLookup } from "../registry/lookup.ts"
import { createQuickJsRuntime } from "../sandbox/quickjs-runtime.ts"
import { newId } from "../util/id.ts"
import { once } from "../util/once.ts"
import { createAdmission } from "./admission.ts"
import { bindFunctions } from "./bind.ts"
import { createCapabilities } from "./capabilities.ts"
import { describeCapabilities } from "./capability-types.ts"
import { closeAll } from "./close-all.ts"
import { createCpuBudget } from "./cpu-budget.ts"
import { announce, loadHttpFace, readAuthorModules, withDefaults } from "./defaults.ts"
import { createDurableWork } from "./durable-work.ts"
import { createEgress } from "./egress.ts"
import type { FunctionsService } from "./functions.ts"
import { createGate } from "./gate.ts"
import { createInvoker } from "./invoker.ts"
import type { CreateFunctionsOptions } from "./options.ts"
import { createPrewarming } from "./prewarming.ts"
import { createRouting } from "./routing.ts"
import { createSecretResolver } from "./secrets.ts"

/** How long runs that were ended may take to be stored. */
const lastWordsMs = 1000

/**
 * Starts the service inside this process. Rejects where the storage cannot be opened or the sandbox does not start;
 * then nothing is left running.
 */
export async function createFunctions(given: CreateFunctionsOptions = {}): Promise<FunctionsService> {
  const options = withDefaults(given)
  const { storage, http, onError, now } = options
  const { functions: store, layers: layerStore } = storage

  const { grant: grantEgress, checkNetwork } = createEgress(options.egress)
  const facts = new EventEmitter()
  const tell: Tell = (name, fact) => {
    for (const listener of facts.listeners(name)) listen(listener as (fact: unknown) => void, fact)
  }
  const listen = (listener: (fact: unknown) => void, fact: unknown) => {
    const fail = (error: unknown) => onError(error, { stage: "listener" })
    try {
      const result: unknown = listener(fact)
      if (result instanceof Promise) result.catch(fail)
    } catch (error) {
      fail(error)
    }
  }
  const on = <Name extends keyof Facts>(name: Name, listener: (fact: Facts[Name]) => void) => {
    facts.on(name, listener)
    return () => void facts.off(name, listener)
  }

  const { cpuMsPerMinute, ...sandboxOptions } = options.sandbox ?? {}
  const sandbox = createQuickJsRuntime({ http, now, ...sandboxOptions })
  const runtimes = [...options.runtimes, sandbox]
  const bundler = createBundler()
  bundler.prepare()
  const layerCode = createLayerCode(layerStore)
  const lookup = createLookup({ store, layerCode, now, onError })
  const routing = createRouting({ store, now, onError })
  const recorder = createRecorder({ store: storage.invocations, now, onError })
  const metrics = createMetrics({ recorder, store: storage.invocations, now })
  const checkTriggers = routing.check
  const modules = once(readAuthorModules)
  const checks = { checkTriggers, checkNetwork }
  const building = { bundler, modules, now, newId, tell }
  const deployer = createDeployer({ store, layerStore, layerCode, runtimes, lookup, ...checks, ...building })
  const layers = createLayers({ store: layerStore, runtime: sandbox, ...building })
  const catalogue = createCatalogue({ store, lookup, deployer, checkTriggers, now, newId, tell })
  const resolveEnvironment = createSecretResolver(options.secrets)
  const runtimeOf = ({ runtime }: { readonly runtime: Parameters<typeof deployer.runtimeOf>[0] }) =>
    deployer.runtimeOf(runtime)
  const admission = createAdmission(options.admission)
  const cpuBudget = createCpuBudget({ now, ...(cpuMsPerMinute !== undefined && { msPerMinute: cpuMsPerMinute }) })
  const capabilitiesOf = createCapabilities({ capabilities: options.capabilities, now, tell, onError })
  const perCall = { admission, cpuBudget, resolveEnvironment, capabilitiesOf, grantEgress }
  const invoke = createInvoker({ lookup, store, layerCode, runtimeOf, ...perCall, now, newId, tell })
  on("invocation.finished", recorder.record)
  const prewarming = createPrewarming({ store, lookup, runtimeOf, onError })
  on("version.activated", prewarming.activated)
  const retire = ({ functionId }: { readonly functionId: string }) => {
    for (const runtime of runtimes) runtime.retire?.(functionId)
  }
  on("version.activated", retire)
  on("function.removed", retire)

  const durable = createDurableWork({ storage, lookup, invoke, now, newId, tell, onError, ...options.queue })

  const gate = createGate()
  const parts = { durable, gate, store, lookup, deployer, catalogue, layers, invoke, recorder, metrics, routing }
  const organisation: FunctionsService["organisation"] = (id, { actor = "host" } = {}) =>
    bindFunctions(parts, checkOrganisation(id), actor)

  const close: FunctionsService["close"] = once(async ({ graceMs = 10_000 } = {}) => {
    const endsAt = performance.now() + graceMs
    gate.shut()
    prewarming.stop()
    await durable.stop(graceMs)
    await gate.drain(graceMs)
    await closeAll([
      () => bundler.close(),
      ...runtimes.map((runtime) => () => runtime.close(Math.max(0, endsAt - performance.now()))),
      // Runs whose calls were just ended still write down how far they came.
      () => gate.drain(lastWordsMs),
      () => recorder.close(),
      () => http.close(),
      () => storage.close(),
    ])
  })

  const face = once(() => loadHttpFace(service, { ...options, onError }))
  const service: FunctionsService = {
    ...organisation(defaultOrganisation),
    organisation,
    on,
    fetch: async (request, fetchOptions) => (await face()).fetch(request, fetchOptions),
    handle: async (request, fetchOptions) => (await face()).handle(request, fetchOptions),
    types: () => describeCapabilities(options.capabilities),
    health: {
      ready: async () => {
        await Promise.all([storage.ping(), prewarming.settled(), ...runtimes.map((runtime) => runtime.ready())])
      },
      migrations: () => storage.migrationStatus(),
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  }

  try {
    await Promise.all([storage.open().then(routing.load), ...runtimes.map((runtime) => runtime.ready())])
  } catch (error) {
    await close({ graceMs: 0 }).catch(() => {})
    throw error
  }
  prewarming.start()
  durable.start()
  announce(options)
  return service
}
