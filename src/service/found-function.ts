import { createHash } from "node:crypto"
import stringify from "fast-json-stable-stringify"
import type { FoundFunction } from "../pipelines/resolve-function.ts"
import type { ResolvedFunction } from "../registry/lookup.ts"

/** What a pipeline must know of a function that it calls. Secrets are in it by their names. */
export function toFoundFunction(resolved: ResolvedFunction): FoundFunction {
  const { functionId, name, number, contentHash, environment, version, chain } = resolved
  const environmentHash = createHash("sha256").update(stringify(environment)).digest("hex")
  const found = { functionId, name, version: number, runtime: version.runtime, contentHash, environmentHash }
  return chain === undefined ? found : { ...found, chain }
}
