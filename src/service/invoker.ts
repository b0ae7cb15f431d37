import { FunctionsError } from "../errors/functions-error.ts"
import type { Environment, Network } from "../model/configuration.ts"
import type { EgressGrant } from "../model/egress.ts"
import type { Tell } from "../model/facts.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { CallCapability } from "../ports/capability.ts"
import type { SendRequest } from "../ports/http-client.ts"
import type { LiveSpans } from "../ports/live-spans.ts"
import type { Runtime, RuntimeResult } from "../ports/runtime.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { LayerCode } from "../registry/layer-code.ts"
import { isInternal, type Lookup, type ResolvedFunction } from "../registry/lookup.ts"
import { newTraceId, toSpanId } from "../util/id.ts"
import type { Admission } from "./admission.ts"
import type { CallScope } from "./call-scope.ts"
import { withChains } from "./chain.ts"
import type { CpuBudget } from "./cpu-budget.ts"
import type { Invoke } from "./invoke.ts"
import { inOwnFiles } from "./own-files.ts"

/** What the way of an invocation passes through. */
export interface InvokerOptions {
  readonly lookup: Lookup
  readonly store: FunctionStore
  readonly layerCode: LayerCode
  readonly admission: Admission
  readonly cpuBudget: CpuBudget
  readonly runtimeOf: (version: ResolvedFunction["version"]) => Runtime
  /** Puts the host's secrets in; gives the same object where there are none to put in. */
  readonly resolveEnvironment: (organisation: string, environment: Environment) => Environment | Promise<Environment>
  /** What an invocation may ask of the host. */
  readonly capabilitiesOf: (scope: CallScope, depth: number) => CallCapability
  /** What its requests go through. */
  readonly requestsOf: (scope: CallScope) => SendRequest
  /** Where the host follows calls while they go on. */
  readonly liveSpans?: LiveSpans | undefined
  readonly grantEgress: (organisation: string, network: Network | undefined) => EgressGrant
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
}

/**
 * Name → version → admission → runtime → one fact. What waits for the database is the first look at a name, and the first
 * failure of a version, whose source map is read then.
 */
export function createInvoker(options: InvokerOptions): Invoke {
  const { lookup, admission, cpuBudget, runtimeOf, resolveEnvironment, capabilitiesOf, grantEgress } = options
  const { requestsOf, liveSpans, now, newId, tell } = options

  const invokeOne: Invoke = async (organisation, name, input, callOptions) => {
    const { signal, external = false, depth = 0, onAnswer, acceptsStream } = callOptions
    const { parentSpanId, traceState, sampled } = callOptions
    const found = lookup.resolve(organisation, name)
    const resolved = found instanceof Promise ? await found : found
    if (external && isInternal(resolved.network)) {
      throw new FunctionsError("FN_009", "Cannot call this function over HTTP: it is internal.")
    }
    const secretless = resolveEnvironment(organisation, resolved.environment)
    const environment = secretless instanceof Promise ? await secretless : secretless
    const refuse = (error: unknown): never => {
      if (error instanceof FunctionsError && error.code === "FN_007") {
        const { functionId, name: functionName } = resolved
        tell("invocation.refused", { organisation, functionId, name: functionName, at: now() })
      }
      throw error
    }
    let admissionMs: number | undefined
    try {
      cpuBudget.check(organisation)
      const waiting = admission.enter(resolved, signal)
      if (waiting) {
        const entered = performance.now()
        await waiting
        admissionMs = performance.now() - entered
      }
    } catch (error) {
      refuse(error)
    }
    const cpuAccount = cpuBudget.open(organisation)
    const startedAt = now()
    const id = newId(startedAt)
    const began = performance.now()
    const { functionId, name: functionName } = resolved
    const beginning = { kind: "invocation", name: functionName, organisation, startedAt } as const
    const live = liveSpans?.begin({ ...callOptions, ...beginning })
    const traceId = live?.traceId ?? callOptions.traceId ?? newTraceId()
    const spanId = live?.spanId ?? toSpanId(id)
    const scope: CallScope = {
      ...{ organisation, functionId, functionName, invocationId: id, traceId, parentSpanId: spanId },
      ...(traceState !== undefined && { traceState }),
      ...(sampled !== undefined && { sampled }),
    }
    let result: RuntimeResult
    let concurrency: number
    try {
      result = await runtimeOf(resolved.version).run({
        version: resolved.version,
        invocationId: id,
        traceId,
        functionId,
        functionName,
        environment,
        input,
        callCapability: capabilitiesOf(scope, depth),
        sendRequest: requestsOf(scope),
        egress: grantEgress(organisation, resolved.network),
        ...(cpuAccount && { cpuAccount }),
        ...(signal && { signal }),
        ...(onAnswer && {
          onAnswer: (output) =>
            onAnswer({ invocation: { id, name: functionName, traceId, span: { id: spanId } }, output }),
        }),
        ...(acceptsStream && { acceptsStream }),
      })
    } catch (error) {
      live?.fail(error)
      return refuse(error)
    } finally {
      concurrency = admission.leave(resolved)
    }
    const durationMs = performance.now() - began
    const { outcome, cpuMs, memoryBytes, coldStart, egress, threadMs, loadMs } = result
    cpuAccount?.close(cpuMs)
    const told = inOwnFiles(options, resolved, result)
    const { error, logs } = told instanceof Promise ? await told : told
    const invocation: InvocationRecord = {
      id,
      organisation,
      functionId: resolved.functionId,
      name: resolved.name,
      version: resolved.number,
      status: outcome.ok ? "succeeded" : "failed",
      ...(error && { error }),
      logs,
      startedAt,
      endedAt: startedAt + durationMs,
      durationMs,
      cpuMs,
      memoryBytes,
      coldStart,
      traceId,
      ...(egress && { egress }),
      span: {
        id: spanId,
        ...(parentSpanId !== undefined && { parentId: parentSpanId }),
        ...(sampled !== undefined && { sampled }),
        ...(admissionMs !== undefined && { admissionMs }),
        ...(threadMs !== undefined && { threadMs }),
        ...(loadMs !== undefined && { loadMs }),
      },
      concurrency,
      memoryLimitBytes: resolved.version.memoryMb * 1_048_576,
    }
    tell("invocation.finished", invocation)
    if (result.values) tell("values.recorded", { organisation, functionId, name: functionName, values: result.values })
    if (outcome.ok) return { invocation, output: outcome.output }
    // Too much was under way, which may be over soon, or the budget is used up.
    return outcome.code === "FN_007"
      ? { invocation, retryAfterSeconds: Math.max(1, cpuAccount?.waitSeconds() ?? 0) }
      : { invocation }
  }
  return withChains(invokeOne, lookup)
}
