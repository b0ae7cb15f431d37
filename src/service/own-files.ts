import type { InvocationRecord } from "../model/invocation.ts"
import type { RuntimeResult } from "../ports/runtime.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { LayerCode } from "../registry/layer-code.ts"
import type { ResolvedFunction } from "../registry/lookup.ts"
import { type BundleMap, bundleFileName, hasPlaces } from "../registry/source-map.ts"
import { openMaps } from "../registry/version-maps.ts"

/** What a call left behind: how it failed, and what it wrote. */
type Told = Pick<InvocationRecord, "error" | "logs">

/** Characters by which a call's log may become longer: the path of an own file may be long, and stand in every line. */
const maxGrowth = 65_536

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
  const texts = [outcome.ok ? "" : outcome.error.stack, ...logs.map(({ message }) => message)]
  const map = openMaps(sources, texts.join("\n"))
  return map instanceof Promise ? map.then((found) => tell(result, found)) : tell(result, map)
}

function tell({ outcome, logs }: RuntimeResult, map: BundleMap | undefined): Told {
  const lines = map ? mapLogs(logs, map) : logs
  if (outcome.ok) return { logs: lines }
  const own = map?.mapStack(outcome.error) ?? { stack: "" }
  return { logs: lines, error: { code: outcome.code, ...outcome.error, ...own } }
}

function mapLogs(logs: Told["logs"], map: BundleMap): Told["logs"] {
  let left = maxGrowth
  return logs.map((line) => {
    const { length } = line.message
    const message = map.mapText(line.message).slice(0, length + left)
    left -= Math.max(0, message.length - length)
    return { ...line, message }
  })
}
