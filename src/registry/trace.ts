import type { RaisedError } from "./failing-place.ts"
import { type BundleMap, joinMaps, keptBundleMap, type OwnStack, openBundleMap } from "./source-map.ts"

/** What is to be told in the words of the author's own files. */
export interface TraceRequest {
  /** An error of the bundle. */
  readonly error?: RaisedError & { readonly stack: string }
  /** Texts that may hold stacks. */
  readonly texts: readonly string[]
}

/** The same in their words. */
export interface Traced {
  readonly own?: OwnStack
  readonly texts: readonly string[]
}

/** A script that places name, as they name it: `bundle.js`, `layer:dates`. */
export interface TracedScript {
  readonly fileName: string
  /** Names its map among those that are kept. */
  readonly key: string
  /** To be read where the map is not kept. */
  readonly bundle?: { readonly sourceMap: string; readonly code: string } | undefined
}

/** Traces by the maps that are kept or given; answers the keys of those that are neither. */
export function trace(
  scripts: readonly TracedScript[],
  { error, texts }: TraceRequest,
): Traced | { readonly missing: readonly string[] } {
  const maps = new Map<string, BundleMap>()
  const missing: string[] = []
  for (const { fileName, key, bundle } of scripts) {
    const map = keptBundleMap(key) ?? (bundle && openBundleMap(bundle.sourceMap, key, bundle.code))
    if (map) maps.set(fileName, map)
    else missing.push(key)
  }
  if (missing.length > 0) return { missing }
  const map = joinMaps(maps)
  return { ...(error && { own: map.mapStack(error) }), texts: texts.map((text) => map.mapText(text)) }
}
