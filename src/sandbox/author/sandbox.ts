import type { Context, Log, Metrics } from "./context.ts"

/** What a capability answered. */
export interface CapabilityAnswer {
  readonly output: unknown
  readonly bytes: Uint8Array | undefined
}

/** What the sandbox leaves on the global object. */
interface Sandbox {
  context(): Context
  env(name: string): string | undefined
  readonly log: Log
  readonly metrics: Metrics
  callCapability(capability: string, method: string, input: unknown, bytes?: unknown): Promise<CapabilityAnswer>
}

/** The sandbox that this code runs in; throws outside of one. */
export function sandbox(what: string): Sandbox {
  const found = (globalThis as unknown as Record<symbol, Sandbox | undefined>)[Symbol.for("inlay.sdk")]
  if (found !== undefined) return found
  throw new Error(
    `Cannot use ${what} of inlay/sdk: this code runs outside of Inlay, it must run as a deployed function`,
  )
}

/** Asks a capability and gives its JSON answer. */
export async function ask<Output>(capability: string, method: string, input: unknown): Promise<Output> {
  return (await sandbox(capability).callCapability(capability, method, input)).output as Output
}
