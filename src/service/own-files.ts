import type { InvocationRecord } from "../model/invocation.ts"
import type { RuntimeResult } from "../ports/runtime.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { LayerCode } from "../registry/layer-code.ts"
import type { ResolvedFunction } from "../registry/lookup.ts"
import { toOwnLines } from "../registry/own-lines.ts"
import { bundleFileName, hasPlaces } from "../registry/source-map.ts"
import type { Traced } from "../registry/trace.ts"
import { traceBy } from "../registry/version-maps.ts"

/** What a call left behind: how it failed, and what it wrote. */
type Told = Pick<InvocationRecord, "error" | "logs">

/**
 * Turns the places of the bundle, in a call's error and in the stacks that it wrote, into those of the files that its author
 * knows. The storage is asked for the source map where it is needed and not kept.
 */
export function inOwnFiles(
  { store, layerCode }: { readonly store: FunctionStore; readonly layerCode: LayerCode },
  { functionId, number, bundleHash, version }: ResolvedFunction,
  result: RuntimeResult,
): Told | Promise<Told> {
  const { outcome, logs } = result
  if (!(!outcome.ok && hasPlaces(outcome.error.stack)) && !logs.some(({ message }) => hasPlaces(message))) {
    // A stack without any place is a text of the guest's own making.
    return outcome.ok ? { logs } : { logs, error: { code: outcome.code, ...outcome.error, stack: "" } }
  }
  const { organisation, layers } = version
  const read = () => store.findBundle(organisation, functionId, number)
  const sources = [{ fileName: bundleFileName, key: bundleHash, read }, ...layerCode.toSources(organisation, layers)]
  const request = { ...(!outcome.ok && { error: outcome.error }), texts: logs.map(({ message }) => message) }
  const traced = traceBy(organisation, sources, request)
  return traced instanceof Promise ? traced.then((found) => tell(result, found)) : tell(result, traced)
}

function tell({ outcome, logs }: RuntimeResult, traced: Traced | undefined): Told {
  const lines = traced ? toOwnLines(logs, traced.texts) : logs
  if (outcome.ok) return { logs: lines }
  const own = traced?.own ?? { stack: "" }
  return { logs: lines, error: { code: outcome.code, ...outcome.error, ...own } }
}
