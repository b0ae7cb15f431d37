import { FunctionsError } from "../errors/functions-error.ts"
import type { LoadedModule, Runtime, RuntimeVersion } from "../ports/runtime.ts"
import { type MapSource, openMaps } from "./version-maps.ts"

/** Loads what is about to be stored. Throws `FN_005`, naming the author's own line, where its module code throws. */
export async function loadModule(
  runtime: Runtime,
  version: RuntimeVersion,
  sources: readonly MapSource[],
): Promise<LoadedModule> {
  try {
    return await runtime.load(version)
  } catch (error) {
    if (!(error instanceof FunctionsError) || !error.guest) throw error
    const map = await openMaps(sources, error.guest.stack)
    const own = map?.mapStack(error.guest) ?? { stack: "" }
    const { name, message } = error.guest
    const place = /\(([^()]+:\d+:\d+)\)/.exec(own.stack)?.[1]
    throw new FunctionsError(
      "FN_005",
      `Cannot deploy: the module throws when it is loaded: ${name}: ${message}${place ? ` (${place})` : ""}`,
      { guest: { name, message, ...own } },
    )
  }
}
