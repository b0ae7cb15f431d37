import { FunctionsError } from "../errors/functions-error.ts"
import type { ConfigurationInput, Network, RuntimeId, VersionConfiguration } from "../model/configuration.ts"
import type { Tell } from "../model/facts.ts"
import type { Bundle, Deployment, FunctionRecord, VersionRecord } from "../model/function.ts"
import { layerScheme, toLayerReference, toLayerText } from "../model/layer.ts"
import { checkName } from "../model/name.ts"
import type { Trigger } from "../model/trigger-declaration.ts"
import type { LayerStore } from "../ports/layer-storage.ts"
import type { CheckRoutes } from "../ports/routes.ts"
import type { LoadedModule, Runtime } from "../ports/runtime.ts"
import type { ActivationResult, FunctionStore } from "../ports/storage.ts"
import type { Bundler } from "./bundler.ts"
import { checkHandler } from "./check-handler.ts"
import { readConfiguration, type WrittenConfiguration } from "./configuration.ts"
import { bundleHash, contentHash } from "./content-hash.ts"
import { type LayerCode, readPins } from "./layer-code.ts"
import { explainLayerFault } from "./layer-fault.ts"
import { pinLayers } from "./layer-pins.ts"
import { loadModule } from "./load-module.ts"
import { isInternal, kindOf, type Lookup, toRuntimeVersion } from "./lookup.ts"
import { toProbeVersion } from "./probe-version.ts"
import { bundleFileName } from "./source-map.ts"
import { readUpload, type UploadInput } from "./upload.ts"

/** What deploying needs from the rest of the service. */
export interface DeployerOptions {
  readonly store: FunctionStore
  readonly layerStore: LayerStore
  readonly layerCode: LayerCode
  readonly bundler: Bundler
  readonly runtimes: readonly Runtime[]
  readonly lookup: Lookup
  /** The modules that functions import beside their own: names to code. */
  readonly modules: () => Promise<Readonly<Record<string, string>>>
  /** Throws `FN_006` where the triggers cannot be this function's. */
  readonly checkTriggers: CheckTriggers
  /** Throws `FN_006` where the host has no such network. */
  readonly checkNetwork: (network: Network | undefined) => void
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
}

/** The command that refuses triggers which another function has; answers what decides it for good where they are written. */
export type CheckTriggers = (organisation: string, name: string, triggers: readonly Trigger[]) => CheckRoutes

/** What to deploy. */
export interface DeployRequest extends UploadInput {
  readonly name: string
  readonly config?: ConfigurationInput | undefined
}

/** Turns uploads into active versions. */
export interface Deployer {
  deploy(organisation: string, request: DeployRequest, actor: string): Promise<Deployment>
  /** Makes a version of a stored bundle under another configuration. */
  reconfigure(
    record: FunctionRecord,
    version: VersionRecord,
    change: WrittenConfiguration,
    actor: string,
  ): Promise<Deployment>
  /** The runtime that serves an id; `FN_006` where none does. */
  runtimeOf(id: RuntimeId): Runtime
}

/** Creates a deployer. */
export function createDeployer(options: DeployerOptions): Deployer {
  const { store, layerStore, layerCode, bundler, runtimes, lookup, now, newId, tell } = options

  function runtimeOf(id: RuntimeId): Runtime {
    const runtime = runtimes.find((candidate) => candidate.serves.includes(id))
    if (runtime) return runtime
    const served = runtimes.flatMap((candidate) => candidate.serves).join(", ")
    throw new FunctionsError("FN_006", `Cannot run functions for "${id}": no runtime serves it; there are ${served}.`, {
      issues: [{ path: "runtime", message: `must be one of ${served}` }],
    })
  }

  /** The latest version of a layer means one of today: from then on it has its number. */
  async function pin(
    organisation: string,
    { layers: written, ...configuration }: WrittenConfiguration,
  ): Promise<WrittenConfiguration> {
    const pins = await pinLayers(layerStore, organisation, written)
    return pins.length === 0 ? configuration : { ...configuration, layers: pins.map(toLayerText) }
  }

  async function commit(
    organisation: string,
    name: string,
    bundle: Bundle,
    configuration: WrittenConfiguration,
    kept: readonly Trigger[],
    actor: string,
  ): Promise<Deployment> {
    const { environment, triggers, description, ...own } = configuration
    const effective = triggers ?? kept
    const runtime = runtimeOf(own.runtime)
    options.checkNetwork(own.network)
    const hash = contentHash(bundle.code, own)
    const pins = readPins(own)
    // Where a layer was removed meanwhile, that says it better.
    const unlessRemoved = async (error: unknown): Promise<never> => {
      await pinLayers(layerStore, organisation, own.layers)
      throw error
    }
    const layers = await layerCode.read(organisation, pins).catch(unlessRemoved)
    const about = { organisation, contentHash: hash, code: bundle.code, layers, configuration: own }
    const assumed = kindOf({ configuration: own, hasFetch: false, triggers: effective })
    const version = toRuntimeVersion({ ...about, kind: assumed, evaluatesPerCall: false })
    const sources = [
      { fileName: bundleFileName, key: bundle.hash, read: async () => bundle },
      ...layerCode.toSources(organisation, layers),
    ]
    const loaded = await loadModule(runtime, version, sources).catch(async (error) => {
      throw await explainLayerFault(error, organisation, pins, layerStore)
    })
    checkHandler(loaded, own.handler)
    const hasFetch = loaded.handler === "fetch"
    // Building takes its time, in which somebody else may have declared the same.
    const checkRoutes = triggers && options.checkTriggers(organisation, name, triggers)
    const at = now()
    const commitment = store.commit({
      organisation,
      name,
      newFunctionId: newId(at),
      activationId: newId(at),
      bundle,
      contentHash: hash,
      configuration: own,
      kind: hasFetch ? "http" : "event",
      evaluatesPerCall: loaded.impurities.length > 0,
      layers: pins,
      environment,
      triggers,
      checkRoutes,
      description,
      actor,
      at,
    })
    const result = await commitment.catch(unlessRemoved)
    lookup.invalidate(organisation)
    return toDeployment(result, tell, warningsOf(own, effective, loaded, bundle.code), loaded.logs)
  }

  return {
    runtimeOf,

    async deploy(organisation, request, actor) {
      const name = checkName("function", request.name)
      const session = bundler.session(organisation)
      try {
        const files = await readUpload(request)
        const modules = await options.modules()
        const written = await readConfiguration(files, request.config, {
          organisation,
          session,
          modules,
          evaluate: (code) => evaluate(runtimeOf("quickjs"), organisation, code, newId(now())),
        })
        const configuration = await pin(organisation, written)
        runtimeOf(configuration.runtime)
        options.checkNetwork(configuration.network)
        const kept = (await store.findByName(organisation, name))?.triggers ?? []
        // Those that stay were right when they were declared, perhaps by rules of then.
        if (configuration.triggers) options.checkTriggers(organisation, name, configuration.triggers)
        const layers = readPins(configuration).map((layer) => layer.name)
        const built = await session.bundle(files, { handler: configuration.handler, modules, layers })
        const bundle = { hash: bundleHash(built.code, built.sourceMap), code: built.code, sourceMap: built.sourceMap }
        const deployment = await commit(organisation, name, bundle, configuration, kept, actor)
        return { ...deployment, warnings: [...built.warnings, ...deployment.warnings] }
      } catch (error) {
        if (error instanceof FunctionsError) {
          const { code, message } = error
          tell("deployment.failed", { organisation, name, actor, error: { code, message }, at: now() })
        }
        throw error
      } finally {
        session.close()
      }
    },

    async reconfigure(record, version, change, actor) {
      const bundle = await store.findBundle(record.organisation, record.id, version.number)
      if (!bundle) throw new FunctionsError("FN_001", `Cannot find the bundle of version ${version.number}.`)
      const configuration = await pin(record.organisation, change)
      return commit(record.organisation, record.name, bundle, configuration, record.triggers, actor)
    },
  }
}

/** What a deployment, a roll back or a promotion answers; tells the activation. */
export function toDeployment(
  result: ActivationResult,
  tell: Tell,
  warnings: readonly string[] = [],
  logs: Deployment["logs"] = [],
): Deployment {
  const { function: record, version, activation } = result
  if (activation) tell("version.activated", { ...activation, name: record.name })
  return {
    functionId: record.id,
    name: record.name,
    version: version.number,
    contentHash: version.contentHash,
    createdAt: version.createdAt,
    warnings,
    logs,
  }
}

function warningsOf(
  configuration: VersionConfiguration,
  triggers: readonly Trigger[],
  loaded: LoadedModule,
  code: string,
): readonly string[] {
  const warnings: string[] = []
  if (loaded.impurities.length > 0 && !configuration.reuse) {
    warnings.push(
      `Module code reads the ${loaded.impurities.join(" and the ")}, so it runs again for every call; move that into the handler to make calls cheaper.`,
    )
  }
  if (configuration.runtime !== "quickjs") {
    warnings.push(`Runtime "${configuration.runtime}" is served by the QuickJS sandbox: web APIs, no Node.js modules.`)
  }
  for (const layer of configuration.layers ?? []) {
    if (code.includes(`"${layerScheme}${toLayerReference(layer).name}"`)) continue
    warnings.push(`Layer "${layer}" is not imported: it makes the function's snapshot larger, and nothing else.`)
  }
  const { network } = configuration
  if (network?.subnets?.length || network?.securityGroups?.length) {
    warnings.push(
      '"network.subnets" and "network.securityGroups" are stored and have no effect: "vpc" names a network.',
    )
  }
  for (const [index, trigger] of triggers.entries()) {
    if (trigger.type === "http" && isInternal(network)) {
      warnings.push(`Trigger ${index} ("http") answers nobody: the function is internal.`)
    }
  }
  return warnings
}

/** Runs a configuration file's bundle where functions run: nothing that was uploaded runs anywhere else. */
async function evaluate(runtime: Runtime, organisation: string, code: string, id: string): Promise<unknown> {
  const key = `${organisation}/configuration/${id}`
  const limits = { memoryMb: 64, timeoutMs: 5000, cpuMs: 1000 }
  const { outcome } = await runtime.run({
    version: toProbeVersion({ key, organisation, code }, limits),
    invocationId: id,
    traceId: "",
    environment: {},
    input: { type: "json", text: "null" },
  })
  runtime.forget(key)
  if (!outcome.ok) {
    const { name, message } = outcome.error
    throw new FunctionsError(outcome.code, `Cannot read the configuration: it throws ${name}: ${message}`, {
      guest: outcome.error,
    })
  }
  return outcome.output.type === "json" && outcome.output.text !== undefined
    ? JSON.parse(outcome.output.text)
    : undefined
}
