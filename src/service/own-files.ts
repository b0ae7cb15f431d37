import type { InvocationRecord } from "../model/invocation.ts"
import type { RuntimeResult } from "../ports/runtime.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { ResolvedFunction } from "../registry/lookup.ts"
import { type BundleMap, hasPlaces, keptBundleMap, openBundleMap } from "../registry/source-map.ts"

/** What a call left behind: how it failed, and what it wrote. */
type Told = Pick<InvocationRecord, "error" | "logs">

/**
 * Turns the places of the bundle, in a call's error and in the stacks that it wrote, into those of the files that its author
 * knows. The storage is asked for the source map where it is needed and not kept.
 */
export function inOwnFiles(
  store: FunctionStore,
  resolved: ResolvedFunction,
  result: RuntimeResult,
): Told | Promise<Told> {
  const { outcome, logs } = result
  if (!(!outcome.ok && hasPlaces(outcome.error.stack)) && !logs.some(({ message }) => hasPlaces(message))) {
    // A stack without any place is a text of the guest's own making.
    return outcome.ok ? { logs } : { logs, error: { code: outcome.code, ...outcome.error, stack: "" } }
  }
  const known = keptBundleMap(resolved.bundleHash)
  return known ? tell(result, known) : readMap(store, resolved).then((map) => tell(result, map))
}

function tell({ outcome, logs }: RuntimeResult, map: BundleMap | undefined): Told {
  const lines = map ? logs.map((line) => ({ ...line, message: map.mapText(line.message) })) : logs
  if (outcome.ok) return { logs: lines }
  const own = map?.mapStack(outcome.error) ?? { stack: "" }
  return { logs: lines, error: { code: outcome.code, ...outcome.error, ...own } }
}

async function readMap(
  store: FunctionStore,
  { functionId, number, version }: ResolvedFunction,
): Promise<BundleMap | undefined> {
  const bundle = await store.findBundle(version.organisation, functionId, number).catch(() => null)
  return bundle ? openBundleMap(bundle.sourceMap, bundle.hash, version.code) : undefined
}
