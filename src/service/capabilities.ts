import type { z } from "zod"
import { CapabilityError } from "../errors/capability-error.ts"
import type { Tell } from "../model/facts.ts"
import type {
  CallCapability,
  Capability,
  CapabilityAnswer,
  CapabilityContext,
  CapabilityMethod,
  CapabilityRequest,
} from "../ports/capability.ts"
import type { LiveSpans } from "../ports/live-spans.ts"
import { newSpanId } from "../util/id.ts"
import type { CallScope } from "./call-scope.ts"

/** Gives an invocation its way to the capabilities: every call is validated, told as a fact, and fails in safe words. */
export function createCapabilities(options: {
  readonly capabilities: Readonly<Record<string, Capability>>
  /** Where the host follows calls while they go on. */
  readonly liveSpans?: LiveSpans | undefined
  readonly now: () => number
  readonly tell: Tell
  readonly onError: (error: unknown, context: { readonly stage: "capability" }) => void
}): (scope: CallScope, depth: number) => CallCapability {
  const { capabilities, liveSpans, now, tell, onError } = options
  for (const [name, { methods }] of Object.entries(capabilities)) checkNames(name, Object.keys(methods))

  /** What the function may not know stays here. */
  function toCapabilityError(error: unknown, request: CapabilityRequest): CapabilityError {
    if (error instanceof CapabilityError) return error
    if (!request.signal.aborted) onError(error, { stage: "capability" })
    return refusal(request, "FAILED", "the host could not do it; its operator finds the reason in the host's log")
  }

  return (given, depth) => {
    let counts: Map<string, number> | undefined
    return async (request) => {
      // Most calls ask for nothing.
      const { traceState, ...scope } = given
      counts ??= new Map()
      const { capability, method, bytes, signal } = request
      const found = findMethod(capabilities, request)
      const count = (counts.get(capability) ?? 0) + 1
      counts.set(capability, count)
      const startedAt = now()
      const began = performance.now()
      const { parentSpanId, sampled: _, ...who } = scope
      const name = `${capability}.${method}`
      const live = liveSpans?.begin({ ...scope, kind: "capability", name, startedAt })
      const spanId = live?.spanId ?? newSpanId()
      const context = { ...who, spanId, depth, bytes, signal }
      let code: string | null = null
      try {
        return await (live ? live.within(() => perform(found, request, context)) : perform(found, request, context))
      } catch (error) {
        const shown = toCapabilityError(error, request)
        code = shown.code
        throw shown
      } finally {
        const durationMs = performance.now() - began
        tell("capability.called", { ...scope, spanId, capability, method, count, startedAt, durationMs, code })
      }
    }
  }
}

async function perform(
  method: CapabilityMethod,
  request: CapabilityRequest,
  context: CapabilityContext,
): Promise<CapabilityAnswer> {
  const input = await method.input.safeParseAsync(request.input)
  if (!input.success) throw refusal(request, "INVALID_INPUT", describe(input.error))
  const result = await method.handle(input.data, context)
  const output = method.output ? await method.output.parseAsync(result) : result
  if (output instanceof Uint8Array) return { bytes: output }
  return { json: JSON.stringify(output) ?? "null" }
}

function findMethod(capabilities: Readonly<Record<string, Capability>>, request: CapabilityRequest): CapabilityMethod {
  const capability = ownEntry(capabilities, request.capability)
  if (!capability) {
    const known = Object.keys(capabilities).join(", ")
    const reason = `this host gives no capability "${request.capability}" (it gives ${known}); the host adds it with createFunctions({ capabilities })`
    throw refusal(request, "NOT_AVAILABLE", reason)
  }
  const method = ownEntry(capability.methods, request.method)
  if (method) return method
  throw refusal(request, "NOT_AVAILABLE", `its methods are ${Object.keys(capability.methods).join(", ")}`)
}

function ownEntry<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

function refusal({ capability, method }: CapabilityRequest, code: string, reason: string): CapabilityError {
  return new CapabilityError(code, `Cannot call ${capability}.${method}: ${reason}.`)
}

function describe({ issues }: z.ZodError): string {
  const shown = issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.map(String).join(".") || "the input"}: ${message}`)
  return shown.join("; ").slice(0, 1000)
}

/** Names that a function can write after a dot, and that no promise looks for. */
function checkNames(capability: string, methods: readonly string[]): void {
  for (const name of [capability, ...methods]) {
    if (/^[A-Za-z_$][\w$]*$/.test(name) && name !== "then") continue
    throw new TypeError(
      `Cannot give capability "${capability}": "${name}" must be a JavaScript name other than "then".`,
    )
  }
}
