import type { Environment } from "../model/configuration.ts"
import type { Tell } from "../model/facts.ts"
import type { InvocationRecord } from "../model/invocation.ts"
import type { Runtime, RuntimeInput, RuntimeResult } from "../ports/runtime.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { Lookup, ResolvedFunction } from "../registry/lookup.ts"
import { mapStack, mapStackAgain } from "../registry/source-map.ts"
import { newTraceId } from "../util/id.ts"
import type { InvokeOptions, RawCall } from "./functions.ts"

/** What the way of an invocation passes through. */
export interface InvokerOptions {
  readonly lookup: Lookup
  readonly store: FunctionStore
  readonly runtimeOf: (version: ResolvedFunction["version"]) => Runtime
  /** Puts the host's secrets in; gives the same object where there are none to put in. */
  readonly resolveEnvironment: (organisation: string, environment: Environment) => Environment | Promise<Environment>
  readonly now: () => number
  readonly newId: (nowMs: number) => string
  readonly tell: Tell
}

/** The one way of every call, whoever makes it. Rejects only where nothing ran. */
export type Invoke = (
  organisation: string,
  name: string,
  input: RuntimeInput,
  options: InvokeOptions,
) => Promise<RawCall>

/**
 * Name → version → runtime → one fact. What waits for the database is the first look at a name, and the first failure of a
 * version, whose source map is read then.
 */
export function createInvoker(options: InvokerOptions): Invoke {
  const { lookup, runtimeOf, resolveEnvironment, now, newId, tell } = options

  return async (organisation, name, input, { signal, traceId = newTraceId() }) => {
    const found = lookup.resolve(organisation, name)
    const resolved = found instanceof Promise ? await found : found
    const secretless = resolveEnvironment(organisation, resolved.environment)
    const environment = secretless instanceof Promise ? await secretless : secretless
    const startedAt = now()
    const id = newId(startedAt)
    const began = performance.now()
    const result = await runtimeOf(resolved.version).run({
      version: resolved.version,
      invocationId: id,
      traceId,
      environment,
      input,
      ...(signal && { signal }),
    })
    const durationMs = performance.now() - began
    const { outcome, logs, cpuMs, memoryBytes, coldStart } = result
    const error = outcome.ok ? undefined : await toInvocationError(options.store, organisation, resolved, outcome)
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
    }
    tell("invocation.finished", invocation)
    return outcome.ok ? { invocation, output: outcome.output } : { invocation }
  }
}

async function toInvocationError(
  store: FunctionStore,
  organisation: string,
  { functionId, number, bundleHash }: ResolvedFunction,
  { code, error }: Extract<RuntimeResult["outcome"], { ok: false }>,
): Promise<NonNullable<InvocationRecord["error"]>> {
  const { name, message, stack } = error
  if (!stack) return { code, name, message, stack }
  const mapped = mapStackAgain(stack, bundleHash)
  if (mapped !== undefined) return { code, name, message, stack: mapped }
  const bundle = await store.findBundle(organisation, functionId, number).catch(() => null)
  return { code, name, message, stack: bundle ? mapStack(stack, bundle.sourceMap, bundle.hash, bundle.code) : "" }
}
