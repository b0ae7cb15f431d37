import type { Bundle } from "../model/function.ts"
import { type BundleMap, joinMaps, keptBundleMap, openBundleMap } from "./source-map.ts"

/** A script that the places of a version's texts may name. */
export interface MapSource {
  /** As places name it: `bundle.js`, `layer:dates`. */
  readonly fileName: string
  /** Names its map, which is read only where it is not kept. */
  readonly key: string
  /** Null where it is gone: then its places are dropped. */
  read(): Promise<Pick<Bundle, "sourceMap" | "code"> | null>
}

/** The maps of the scripts that a text names, as one; undefined where none of these can be read. A promise only where one is not kept. */
export function openMaps(
  sources: readonly MapSource[],
  text: string,
): BundleMap | undefined | Promise<BundleMap | undefined> {
  const maps = new Map<string, BundleMap>()
  const missing: MapSource[] = []
  for (const source of sources) {
    if (!text.includes(`${source.fileName}:`)) continue
    const known = keptBundleMap(source.key)
    if (known) maps.set(source.fileName, known)
    else missing.push(source)
  }
  return missing.length === 0 ? joinMaps(maps) : readMaps(missing, maps)
}

async function readMaps(missing: readonly MapSource[], maps: Map<string, BundleMap>): Promise<BundleMap | undefined> {
  for (const { fileName, key, read } of missing) {
    const bundle = await read().catch(() => null)
    if (bundle) maps.set(fileName, openBundleMap(bundle.sourceMap, key, bundle.code))
  }
  return maps.size === 0 ? undefined : joinMaps(maps)
}
