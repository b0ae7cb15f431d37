import { notFound } from "../errors/not-found.ts"
import type { IngestSource, IngestSourceInput } from "../model/ingestion.ts"
import { invalid } from "../model/invalid.ts"
import type { IngestStore } from "../ports/ingest-storage.ts"
import { parseSource, savingSource } from "./parse-source.ts"

/** Those who send points. `FN_001` where there is none of a name. */
export interface Sources {
  /** `FN_006` where it is not valid, or its name is taken. */
  create(organisation: string, source: IngestSourceInput): Promise<IngestSource>
  /** Puts another in its place; what is left out is as in a new one. */
  replace(organisation: string, name: string, source: Omit<IngestSourceInput, "name">): Promise<IngestSource>
  get(organisation: string, name: string): Promise<IngestSource>
  /** All of them, sorted by name. */
  list(organisation: string): Promise<readonly IngestSource[]>
  /** What came from it stays. */
  remove(organisation: string, name: string): Promise<void>
}

/** Creates what looks after them. */
export function createSources({ store, now }: { readonly store: IngestStore; readonly now: () => number }): Sources {
  return {
    async create(organisation, input) {
      const at = Math.round(now())
      const source = { organisation, ...parseSource(input), createdAt: at, updatedAt: at }
      if (await store.addSource(source)) return source
      throw invalid(savingSource, [{ path: "name", message: `is that of another source: "${source.name}"` }])
    },
    async replace(organisation, name, input) {
      const at = Math.round(now())
      const filled = parseSource({ ...input, name })
      const replaced = await store.replaceSource({ organisation, ...filled, createdAt: at, updatedAt: at })
      if (replaced) return replaced
      throw notFound("source", name)
    },
    async get(organisation, name) {
      const source = await store.findSource(organisation, name)
      if (source) return source
      throw notFound("source", name)
    },
    list: (organisation) => store.listSources(organisation),
    async remove(organisation, name) {
      if (!(await store.removeSource(organisation, name))) throw notFound("source", name)
    },
  }
}
