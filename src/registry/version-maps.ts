import type { Bundle } from "../model/function.ts"
import { type Traced, type TracedScript, type TraceRequest, trace } from "./trace.ts"
import { traceOnThread } from "./trace-thread.ts"

/** A script that the places of a version's texts may name. */
export interface MapSource {
  /** As places name it: `bundle.js`, `layer:dates`. */
  readonly fileName: string
  /** Names its map, which is read only where it is not kept. */
  readonly key: string
  /** Null where it is gone: then its places are dropped. */
  read(): Promise<Pick<Bundle, "sourceMap" | "code"> | null>
}

/** Characters of a map, and of code, that are read on the caller's thread: some milliseconds at most. */
const maxHere = { map: 128 * 1024, code: 512 * 1024 }
const maxLargeKeys = 1000

/** Keys of those that were found to be larger. */
const large = new Set<string>()

/**
 * Turns places of the scripts into those of the files that they were made from. A promise where a map must be read first, or
 * is a large one: those of owners take turns. Undefined where none of them can be read.
 */
export function traceBy(
  owner: string,
  sources: readonly MapSource[],
  request: TraceRequest,
): Traced | undefined | Promise<Traced | undefined> {
  const named = sources.filter(({ fileName }) => holds(request, `${fileName}:`))
  if (named.some(({ key }) => large.has(key))) return traceLarge(owner, named, request)
  const traced = trace(named.map(toScript), request)
  return "missing" in traced ? readAndTrace(owner, named, traced.missing, request) : traced
}

async function readAndTrace(
  owner: string,
  named: readonly MapSource[],
  missing: readonly string[],
  request: TraceRequest,
): Promise<Traced | undefined> {
  const scripts = await readScripts(named, missing)
  if (scripts.length === 0) return undefined
  const tooLarge = scripts.filter(({ bundle }) => bundle && isLarge(bundle))
  if (tooLarge.length > 0) {
    for (const { key } of tooLarge) rememberLarge(key)
    return await traceLarge(owner, named, request, scripts)
  }
  const traced = trace(scripts, request)
  // Others may have come between a look at the maps that are kept and the end of the reading.
  return "missing" in traced
    ? await readAndTrace(
        owner,
        named,
        named.map(({ key }) => key),
        request,
      )
    : traced
}

/** The thread keeps maps of its own, and says which ones it does not have. */
async function traceLarge(
  owner: string,
  named: readonly MapSource[],
  request: TraceRequest,
  known: readonly TracedScript[] = named.map(toScript),
): Promise<Traced | undefined> {
  const traced = await traceOnThread(owner, known, request)
  if (!traced || !("missing" in traced)) return traced
  const scripts = await readScripts(named, traced.missing)
  if (scripts.length === 0) return undefined
  const again = await traceOnThread(owner, scripts, request)
  return again && !("missing" in again) ? again : undefined
}

/** The scripts, those of the keys with their bundles; without those that are gone. */
async function readScripts(named: readonly MapSource[], keys: readonly string[]): Promise<readonly TracedScript[]> {
  const scripts = await Promise.all(
    named.map(async ({ fileName, key, read }): Promise<TracedScript | null> => {
      if (!keys.includes(key)) return { fileName, key }
      const bundle = await read().catch(() => null)
      return bundle && { fileName, key, bundle: { sourceMap: bundle.sourceMap, code: bundle.code } }
    }),
  )
  return scripts.filter((script) => script !== null)
}

function isLarge({ sourceMap, code }: Pick<Bundle, "sourceMap" | "code">): boolean {
  return sourceMap.length > maxHere.map || code.length > maxHere.code
}

function rememberLarge(key: string): void {
  large.add(key)
  for (const oldest of large) {
    if (large.size <= maxLargeKeys) break
    large.delete(oldest)
  }
}

function toScript({ fileName, key }: MapSource): TracedScript {
  return { fileName, key }
}

function holds({ error, texts }: TraceRequest, name: string): boolean {
  return error?.stack.includes(name) === true || texts.some((text) => text.includes(name))
}
