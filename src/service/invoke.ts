import type { Invocation } from "../model/invocation.ts"
import type { TraceContext } from "../model/trace-context.ts"
import type { RuntimeAnswer, RuntimeInput, RuntimeOutput } from "../ports/runtime.ts"

/** Options of one call. */
export interface InvokeOptions extends TraceContext {
  /** Ends the call early; it fails with `FN_002`. */
  readonly signal?: AbortSignal
  /** The call comes from outside of the host: internal functions refuse it with `FN_009`. @default false */
  readonly external?: boolean
}

/** One call of the HTTP face: input and output as text and bytes, unparsed. */
export interface RawCall {
  readonly invocation: Omit<Invocation, "output">
  /** Undefined where the invocation failed. */
  readonly output?: RuntimeOutput
  /** When it is worth trying again, where it failed with `FN_007`. */
  readonly retryAfterSeconds?: number
}

/** What a function answered, perhaps before its call has ended. */
export interface RawAnswer {
  readonly invocation: Pick<Invocation, "id" | "name" | "traceId" | "span" | "error">
  /** Undefined where the invocation failed. */
  readonly output?: RuntimeAnswer
  /** When it is worth trying again, where it failed with `FN_007`. */
  readonly retryAfterSeconds?: number
}

/** What the service's own callers say of a call beside what a host may. */
export interface AnswerOptions {
  /** How many events led to the call, one causing the next. @default 0 */
  readonly depth?: number
  /** What the output goes through. @default what the function's configuration names */
  readonly chain?: readonly string[]
  /** Hears of each output that goes on to the next of them, as JSON. */
  readonly onLink?: (text: string) => void
  /** Takes an answer that comes before the call's end. */
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
