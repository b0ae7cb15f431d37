import { CapabilityError } from "../../errors/capability-error.ts"
import type { Capability, CapabilityMethod } from "../../ports/capability.ts"
import type { CallLog } from "./recorded-calls.ts"

/** What the methods of a capability do instead. */
export type MockMethods<Real extends Capability> = {
  readonly [Method in keyof Real["methods"]]?: Real["methods"][Method] extends CapabilityMethod<
    infer Input,
    infer Output
  >
    ? CapabilityMethod<Input, Output>["handle"]
    : never
}

/**
 * A capability with the schemas of another, whose methods do what is given here: what a function sends and gets is checked
 * as in production. A method that is left out fails with `NOT_MOCKED`.
 */
export function mockCapability<Real extends Capability>(real: Real, methods: MockMethods<Real>): Real {
  const handlers: Readonly<Record<string, CapabilityMethod["handle"] | undefined>> = methods
  const mocked = Object.entries(real.methods).map(([name, method]) => {
    const handle = (Object.hasOwn(handlers, name) && handlers[name]) || refuse(name)
    return [name, { ...method, handle }]
  })
  return { ...real, methods: Object.fromEntries(mocked) }
}

function refuse(name: string): CapabilityMethod["handle"] {
  return () => {
    throw new CapabilityError("NOT_MOCKED", `Cannot call "${name}": mockCapability was given nothing for it.`)
  }
}

/** The capabilities, with every call that reaches one of their methods written down. */
export function recordCapabilities(
  capabilities: Readonly<Record<string, Capability>>,
  log: CallLog,
  now: () => number,
): Readonly<Record<string, Capability>> {
  const recorded = Object.entries(capabilities).map(([name, capability]) => {
    const methods = Object.entries(capability.methods).map(([method, definition]) => [
      method,
      recordMethod(`${name}.${method}`, definition, log, now),
    ])
    return [name, { ...capability, methods: Object.fromEntries(methods) }]
  })
  return Object.fromEntries(recorded)
}

function recordMethod(name: string, method: CapabilityMethod, log: CallLog, now: () => number): CapabilityMethod {
  return {
    ...method,
    async handle(input, context) {
      const { organisation, functionName, invocationId, traceId } = context
      const call = log.add({ name, input, at: now(), organisation, functionName, invocationId, traceId })
      try {
        call.output = await method.handle(input, context)
        return call.output
      } catch (error) {
        call.error = toCallError(error)
        throw error
      }
    },
  }
}

function toCallError(error: unknown): { name: string; message: string; code?: string; stack?: string } {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) }
  const { name, message, stack } = error
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {}
  return { name, message, ...code, ...(stack !== undefined && { stack }) }
}
