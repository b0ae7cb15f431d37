import { FunctionsError } from "../errors/functions-error.ts"
import type { LoadedModule, Runtime, RuntimeVersion } from "../ports/runtime.ts"
import { toOwnLines } from "./own-lines.ts"
import { hasPlaces } from "./source-map.ts"
import { type MapSource, traceBy } from "./version-maps.ts"

/** Loads what is about to be stored; its log names the author's own files. Throws `FN_005`, naming the author's own line, where its module code throws. */
export async function loadModule(
  runtime: Runtime,
  version: RuntimeVersion,
  sources: readonly MapSource[],
): Promise<LoadedModule> {
  try {
    const loaded = await runtime.load(version)
    const texts = loaded.logs.map(({ message }) => message)
    if (!texts.some(hasPlaces)) return loaded
    const traced = await traceBy(version.organisation, sources, { texts })
    return traced ? { ...loaded, logs: toOwnLines(loaded.logs, traced.texts) } : loaded
  } catch (error) {
    if (!(error instanceof FunctionsError) || !error.guest) throw error
    const traced = await traceBy(version.organisation, sources, { error: error.guest, texts: [] })
    const own = traced?.own ?? { stack: "" }
    const { name, message } = error.guest
    const place = /\(([^()]+:\d+:\d+)\)/.exec(own.stack)?.[1]
    throw new FunctionsError(
      "FN_005",
      `Cannot deploy: the module throws when it is loaded: ${name}: ${message}${place ? ` (${place})` : ""}`,
      { guest: { name, message, ...own } },
    )
  }
}
