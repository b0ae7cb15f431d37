import type { InvocationRecord } from "../model/invocation.ts"
import type { ErrorOccurrences } from "../ports/error-group-storage.ts"
import { neutralise } from "../util/neutralise.ts"
import { hash, toFingerprint } from "./fingerprint.ts"

const maxNameLength = 200

/** Sums failed calls up, each group once. */
export function gatherFailures(calls: readonly InvocationRecord[]): readonly ErrorOccurrences[] {
  const groups = new Map<string, ErrorOccurrences>()
  for (const call of calls) {
    const one = toOccurrence(call)
    if (one === undefined) continue
    const key = `${one.organisation}/${one.id}`
    const before = groups.get(key)
    groups.set(key, before === undefined ? one : addOccurrences(before, one))
  }
  return [...groups.values()]
}

/** What is counted under one function and code, where there are too many groups to have one each. */
export function toOther(occurrences: ErrorOccurrences): ErrorOccurrences {
  const { functionId, code } = occurrences
  return {
    ...occurrences,
    id: hash([functionId, code]),
    name: "Other",
    message: "Errors beyond the most groups that are kept",
  }
}

/** Both together. */
function addOccurrences(one: ErrorOccurrences, other: ErrorOccurrences): ErrorOccurrences {
  const [first, last] = [one.firstAt <= other.firstAt ? one : other, one.lastAt > other.lastAt ? one : other]
  return {
    ...last,
    count: one.count + other.count,
    firstAt: first.firstAt,
    firstVersion: first.firstVersion,
    lastVersion: Math.max(one.lastVersion, other.lastVersion),
  }
}

function toOccurrence(call: InvocationRecord): ErrorOccurrences | undefined {
  const { error, organisation, functionId, name: functionName, version, traceId } = call
  if (error === undefined) return undefined
  const { id, message } = toFingerprint(call, error)
  const at = Math.floor(call.endedAt)
  return {
    organisation,
    id,
    functionId,
    functionName,
    code: error.code,
    name: neutralise(error.name.slice(0, maxNameLength)),
    message,
    count: 1,
    firstAt: at,
    firstVersion: version,
    lastAt: at,
    lastVersion: version,
    last: {
      invocationId: call.id,
      traceId,
      version,
      message: neutralise(error.message),
      stack: neutralise(error.stack),
      at,
    },
  }
}
