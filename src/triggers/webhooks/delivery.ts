import type { TraceContext } from "../../model/trace-context.ts"

/** A webhook request as its signature is checked: nothing in it is trusted. */
export interface Delivery {
  readonly headers: Headers
  /** The bytes as they came: a signature is over these, and no other form of them. */
  readonly body: Uint8Array
  /** The trace that it says it belongs to: the call goes on with it. @default a new one */
  readonly trace?: Pick<TraceContext, "traceId" | "parentSpanId">
}

/** What a delivery is checked against. */
export interface SignatureRules {
  /** Any of them may have signed: while keys are rotated there are two. */
  readonly secrets: readonly string[]
  /** How many seconds the sender's time may be from ours, either way. */
  readonly toleranceSeconds: number
  /** Epoch milliseconds. */
  readonly now: number
}

/**
 * Why a delivery is refused: it has no signature, one that cannot be read, one of another time, or one that none of the
 * secrets made over this body.
 */
export type Refusal = "missing" | "malformed" | "stale" | "mismatch"

/** Whether one of the secrets has signed a delivery; null where one has. */
export type CheckSignature = (delivery: Delivery, rules: SignatureRules) => Refusal | null
