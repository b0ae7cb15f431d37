import { createConnections } from "../connections/create-connections.ts"
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
import { bindFunctions } from "./bind.ts"
import { createCallRules } from "./call-rules.ts"
import { createCapabilities } from "./capabilities.ts"
import { describeCapabilities } from "./capability-types.ts"
import { checkArguments } from "./check-arguments.ts"
import { createFacts } from "./create-facts.ts"
import {
  announce,
  type FilledOptions,
  loadHttpFace,
  openStorage,
  readAuthorModules,
  withDefaults,
  withWork,
} from "./defaults.ts"
import { createDurableWork, type DurableWork } from "./durable-work.ts"
import { createEgress } from "./egress.ts"
import { checkOrganisationOptions, faceArguments } from "./face-arguments.ts"
import type { FunctionsService } from "./functions.ts"
import { createGate } from "./gate.ts"
import { createHealth } from "./health.ts"
import { createInvoker, type InvokerOptions } from "./invoker.ts"
import { createObserving } from "./observing.ts"
import { connectOpenTelemetry } from "./open-telemetry.ts"
import type { CreateFunctionsOptions } from "./options.ts"
import { createPrewarming } from "./prewarming.ts"
import { createRequests } from "./requests.ts"
import { createRouting } from "./routing.ts"
import { createSharedClock } from "./shared-clock.ts"
import { createShutdown } from "./shutdown.ts"
import { machine, type Surroundings } from "./surroundings.ts"
import { createTriggerCheck } from "./trigger-check.ts"

/**
 * Starts the service inside this process. Rejects where the storage cannot be opened or the sandbox does not start;
 * then nothing is left running.
 */
export async function createFunctions(given: CreateFunctionsOptions = {}): Promise<FunctionsService> {
  return await assemble(withDefaults(given), machine)
}

/** Puts the parts together. */
export async function assemble(options: FilledOptions, surroundings: Surroundings): Promise<FunctionsService> {
  const { storage, http, onError, now } = options
  const { functions: store, layers: layerStore } = storage
  const { grant: grantEgress, checkNetwork } = createEgress(options.egress)
  const { tell, on } = createFacts(onError)
  const liveSpans = await connectOpenTelemetry(options, on)
  const clock = createSharedClock({ storage, now, isFixed: !options.isMachineClock })
  const connections = createConnections({ ...options, store: storage.connections, now: clock.now, tell })
  const given = { ...connections.capabilities, ...options.capabilities }
  const capabilities: FilledOptions["capabilities"] = withWork({ ...options, capabilities: given }, () => durable)
  const wrapped = surroundings.wrapCapabilities(capabilities)
  const capabilitiesOf = createCapabilities({ capabilities: wrapped, liveSpans, now, tell, onError })

  const sandbox = surroundings.wrapSandbox(createQuickJsRuntime({ http, now, ...options.sandbox }))
  const runtimes = [...options.runtimes, sandbox]
  const bundler = createBundler()
  bundler.prepare()
  const layerCode = createLayerCode(layerStore)
  const lookup = createLookup({ store, layerCode, now, onError })
  const routing = createRouting({ store, triggers: storage.triggers, now, onError })
  const checks = { checkTriggers: createTriggerCheck(routing), checkNetwork }
  const building = { bundler, modules: once(readAuthorModules), now: clock.now, newId, tell }
  const deployer = createDeployer({ store, layerStore, layerCode, runtimes, lookup, ...checks, ...building })
  const layers = createLayers({ store: layerStore, runtime: sandbox, ...building })
  const catalogue = createCatalogue({ store, lookup, deployer, ...checks, now: clock.now, newId, tell })
  const runtimeOf: InvokerOptions["runtimeOf"] = ({ runtime }) => deployer.runtimeOf(runtime)
  const requestsOf = createRequests({ ...options.traces, liveSpans, now, tell })
  const perCall = { ...createCallRules(options), capabilitiesOf, requestsOf, grantEgress, liveSpans }
  const invoke = createInvoker({ lookup, store, layerCode, runtimeOf, ...perCall, now, newId, tell })
  const prewarming = createPrewarming({ store, lookup, runtimeOf, onError })
  on("version.activated", prewarming.activated)
  const retire = ({ functionId }: { readonly functionId: string }) => {
    for (const runtime of runtimes) runtime.retire?.(functionId)
  }
  on("version.activated", retire)
  on("function.removed", retire)

  const observing = createObserving({ ...options, ...surroundings, lookup, sharedNow: clock.now, tell, on })
  const context = { ...options, ...checks, ...observing, lookup, invoke, now: clock.now, newId, tell }
  const durable: DurableWork = createDurableWork({ ...context, ...surroundings, ...options.queue })

  const gate = createGate()
  const faces = { durable, catalogue, layers, connections, recorder: observing.metrics.recorder, routing }
  const parts = { ...observing, gate, store, lookup, deployer, invoke, ...faces }
  const bind: FunctionsService["organisation"] = (id, { actor = "host" } = {}) =>
    bindFunctions(parts, checkOrganisation(id), actor)
  const organisation: FunctionsService["organisation"] = (...given) => {
    checkOrganisationOptions("bind the organisation", given[1])
    return checkArguments(bind(...given), faceArguments)
  }

  const shutDown = createShutdown({
    gate,
    prewarming,
    durable,
    clock,
    bundler,
    runtimes,
    observing,
    http,
    storage,
  })
  const close: FunctionsService["close"] = once(({ graceMs = 10_000 } = {}) => shutDown(graceMs))

  // It checks what it is sent itself.
  const face = once(() => loadHttpFace({ ...service, organisation: bind }, { ...options, onError }))
  const service: FunctionsService = {
    ...organisation(defaultOrganisation),
    organisation,
    on,
    fetch: async (request, fetchOptions) => (await face()).fetch(request, fetchOptions),
    handle: async (request, fetchOptions) => (await face()).handle(request, fetchOptions),
    types: () => describeCapabilities(capabilities),
    health: createHealth({ storage, gate, prewarming, runtimes }),
    close,
    [Symbol.asyncDispose]: () => close(),
  }

  try {
    const opened = openStorage(options).then(() => Promise.all([routing.load(), clock.start()]))
    await Promise.all([opened, ...runtimes.map(async (runtime) => runtime.ready())])
  } catch (error) {
    await close({ graceMs: 0 }).catch(() => {})
    throw error
  }
  prewarming.start()
  durable.start()
  observing.start()
  announce(options)
  return service
}
