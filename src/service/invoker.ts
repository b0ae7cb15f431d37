import { FunctionsError } from "../errors/functions-error.ts"
import type { Environment, Network } from "../model/configuration.ts"
import type { EgressGrant } from "../model/egress.ts"
import type { Tell } from "../model/facts.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { CallCapability } from "../ports/capability.ts"
import type { Runtime, RuntimeInput, RuntimeResult } from "../ports/runtime.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { LayerCode } from "../registry/layer-code.ts"
import { isInternal, type Lookup, type ResolvedFunction } from "../registry/lookup.ts"
import { newTraceId } from "../util/id.ts"
import type { Admission } from "./admission.ts"
import type { CapabilityScope } from "./capabilities.ts"
import type { CpuBudget } from "./cpu-budget.ts"
import type { InvokeOptions, RawAnswer, RawCall } from "./functions.ts"
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
  readonly capabilitiesOf: (scope: CapabilityScope) => CallCapability
  readonly grantEgress: (organisation: string, network: Network | undefined) => EgressGrant
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
}

/** How a caller takes an answer that comes before the call's end. */
export interface AnswerOptions {
  readonly onAnswer?: (answer: RawAnswer) => void
  /** @default false: a streamed body is read to its end first */
  readonly acceptsStream?: boolean
}

/** The one way of every call, whoever makes it. Rejects only where nothing ran. */
export type Invoke = (
  organisation: string,
  name: string,
  input: RuntimeInput,
  options: InvokeOptions & AnswerOptions,
) => Promise<RawCall>

/**
 * Name → version → admission → runtime → one fact. What waits for the database is the first look at a name, and the first
 * failure of a version, whose source map is read then.
 */
export function createInvoker(options: InvokerOptions): Invoke {
  const { lookup, admission, cpuBudget, runtimeOf, resolveEnvironment, capabilitiesOf, grantEgress } = options
  const { now, newId, tell } = options

  return async (organisation, name, input, callOptions) => {
    const { signal, traceId = newTraceId(), external = false, onAnswer, acceptsStream } = callOptions
    const found = lookup.resolve(organisation, name)
    const resolved = found instanceof Promise ? await found : found
    if (external && isInternal(resolved.network)) {
      throw new FunctionsError("FN_009", "Cannot call this function over HTTP: it is internal.")
    }
    const secretless = resolveEnvironment(organisation, resolved.environment)
    const environment = secretless instanceof Promise ? await secretless : secretless
    cpuBudget.check(organisation)
    const waiting = admission.enter(resolved, signal)
    if (waiting) await waiting
    const cpuAccount = cpuBudget.open(organisation)
    const startedAt = now()
    const id = newId(startedAt)
    const began = performance.now()
    const { functionId, name: functionName } = resolved
    let result: RuntimeResult
    try {
      result = await runtimeOf(resolved.version).run({
        version: resolved.version,
        invocationId: id,
        traceId,
        functionId,
        functionName,
        environment,
        input,
        callCapability: capabilitiesOf({ organisation, functionId, functionName, invocationId: id, traceId }),
        egress: grantEgress(organisation, resolved.network),
        ...(cpuAccount && { cpuAccount }),
        ...(signal && { signal }),
        ...(onAnswer && {
          onAnswer: (output) => onAnswer({ invocation: { id, name: functionName, traceId }, output }),
        }),
        ...(acceptsStream && { acceptsStream }),
      })
    } finally {
      admission.leave(resolved)
    }
    const durationMs = performance.now() - began
    const { outcome, cpuMs, memoryBytes, coldStart, egress } = result
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
    }
    tell("invocation.finished", invocation)
    return outcome.ok ? { invocation, output: outcome.output } : { invocation }
  }
}
