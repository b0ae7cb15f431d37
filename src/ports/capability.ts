import type { z } from "zod"

/** For whom a capability works: the call that asks. */
export interface CapabilityContext {
  /** MUST be part of every key under which a capability keeps or finds something. */
  readonly organisation: string
  readonly functionId: string
  readonly functionName: string
  readonly invocationId: string
  readonly traceId: string
  /** The span of this call of the capability, 16 hexadecimal digits: the parent of whatever it asks for. */
  readonly spanId: string
  /** How many events led to the call, one causing the next. */
  readonly depth: number
  /** Aborts when the call ends. */
  readonly signal: AbortSignal
  /** The bytes that came with the input; at most 10 MB. */
  readonly bytes: Uint8Array | undefined
}

/** One thing that a capability does. */
export interface CapabilityMethod<Input = unknown, Output = unknown> {
  /** A sentence for the function's author. */
  readonly description?: string
  /** What the guest must send; nothing else reaches `handle`. */
  readonly input: z.ZodType<Input>
  /** What goes back to the guest; what it does not name is taken out. @default anything that has a JSON form */
  readonly output?: z.ZodType<Output>
  /**
   * Does it. Bytes are answered as a `Uint8Array`, anything else as JSON. A `CapabilityError` reaches the function;
   * of every other error the function learns only that the host failed.
   */
  handle(input: Input, context: CapabilityContext): Output | Promise<Output>
}

/** An ability that the host gives to functions. */
export interface Capability {
  /** A sentence for the function's author. */
  readonly description?: string
  readonly methods: Readonly<Record<string, CapabilityMethod>>
}

/** One call of a capability as a guest asks for it; nothing in it is trusted. */
export interface CapabilityRequest {
  readonly capability: string
  readonly method: string
  readonly input: unknown
  readonly bytes: Uint8Array | undefined
  readonly signal: AbortSignal
}

/** What goes back: JSON text, or bytes. */
export type CapabilityAnswer = { readonly json: string } | { readonly bytes: Uint8Array }

/** Calls a capability for one invocation. MUST reject with nothing but a `CapabilityError`. */
export type CallCapability = (request: CapabilityRequest) => Promise<CapabilityAnswer>

/** Gives a method back as it is, with the type of its input inferred from the schema. */
export function defineCapabilityMethod<Input, Output>(
  method: CapabilityMethod<Input, Output>,
): CapabilityMethod<Input, Output> {
  return method
}
