import type { InvocationRecord } from "../../model/invocation.ts"

/** One call that was made: of a function, or of a method of a capability. Each try is one. */
export interface RecordedCall<Input = unknown, Output = unknown> {
  /** The function, or the capability and its method: `mail.send`. */
  readonly name: string
  /** As it came: of a function the JSON value, or `{ method, url, headers, body }` of a request. */
  readonly input: Input
  /** Absent where it failed, or has not ended. */
  readonly output?: Output
  readonly error?: CallError
  /** Which try of an enqueued call or of a pipeline's step this is, from 1. Of a capability: that of the call which asked. */
  readonly attempt: number
  /** When it began, in epoch milliseconds of the kit's clock. */
  readonly at: number
  readonly organisation: string
  /** The function that was called, or that asked. */
  readonly functionName: string
  readonly invocationId: string
  readonly traceId: string
}

/** How a call failed. */
export interface CallError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  /** The line that failed with those around it, where it is known. */
  readonly frame?: string
}

/** A call that is being recorded. */
export type OpenCall = { -readonly [Key in keyof Omit<RecordedCall, "attempt">]: RecordedCall[Key] }

/** The calls of a kit, in the order in which they began. */
export interface CallLog {
  /** Adds a call; what became of it is written into what this gives back. */
  add(call: OpenCall): OpenCall
  /** An invocation was the try of this number. */
  tried(invocationId: string, attempt: number): void
  /** An invocation has ended: its error as its author knows it. */
  finished(invocation: InvocationRecord): void
  list(name: string, organisation: string): readonly RecordedCall[]
  /** What a mock threw in an invocation, as it was. */
  thrownIn(invocationId: string | null | undefined): unknown
  threw(invocationId: string, error: unknown): void
  /** The ids of all invocations so far. */
  invocationIds(): ReadonlySet<string>
  clear(): void
}

/** Creates an empty log. */
export function createCallLog(): CallLog {
  let calls: OpenCall[] = []
  const byInvocation = new Map<string, OpenCall>()
  const attempts = new Map<string, number>()
  const thrown = new Map<string, unknown>()
  return {
    add(call) {
      calls.push(call)
      if (call.name === call.functionName) byInvocation.set(call.invocationId, call)
      return call
    },
    tried: (invocationId, attempt) => void attempts.set(invocationId, attempt),
    finished({ id, error }) {
      const call = byInvocation.get(id)
      if (call && error) call.error = error
    },
    list: (name, organisation) =>
      calls
        .filter((call) => call.name === name && call.organisation === organisation)
        .map((call) => ({ ...call, attempt: attempts.get(call.invocationId) ?? 1 })),
    thrownIn: (invocationId) => thrown.get(invocationId ?? ""),
    threw: (invocationId, error) => void thrown.set(invocationId, error),
    invocationIds: () => new Set(byInvocation.keys()),
    clear() {
      calls = []
      byInvocation.clear()
      attempts.clear()
      thrown.clear()
    },
  }
}
