import type { InvocationRecord } from "../../src/model/invocation.ts"
import { newId } from "../../src/util/id.ts"

/** An invocation's record, of function `f` in organisation `a` unless told otherwise. */
export function recordOf(change: Partial<InvocationRecord> = {}): InvocationRecord {
  const startedAt = change.startedAt ?? 1_000
  const durationMs = change.durationMs ?? 5
  return {
    id: newId(startedAt),
    organisation: "a",
    functionId: "f",
    name: "work",
    version: 1,
    status: "succeeded",
    logs: [],
    startedAt,
    endedAt: startedAt + durationMs,
    durationMs,
    cpuMs: 1,
    memoryBytes: 1_000,
    coldStart: false,
    traceId: "0".repeat(32),
    ...change,
  }
}
