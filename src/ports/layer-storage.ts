import type { Bundle } from "../model/function.ts"
import type { LayerRecord, LayerUse } from "../model/layer.ts"
import type { Page, PageRequest } from "../model/page.ts"

/** A version of a layer as it is committed. */
export interface LayerCommit extends Omit<LayerRecord, "version" | "contentHash" | "bundleBytes"> {
  /** Its hash is the version's content hash. */
  readonly bundle: Bundle
}

/** Layers and their versions. */
export interface LayerStore {
  /**
   * Finds the version with the same bundle, or adds the next number; in one transaction.
   * MUST serialise concurrent commits of one name. MUST NOT reuse a number, not even of a removed version or layer.
   */
  commit(layer: LayerCommit): Promise<{ readonly layer: LayerRecord; readonly added: boolean }>
  /** The version, or the one with the highest number where none is named. */
  find(organisation: string, name: string, version?: number): Promise<LayerRecord | null>
  findBundle(organisation: string, name: string, version: number): Promise<Bundle | null>
  /** The version with the highest number of each layer, sorted by name; the cursor is the last name. */
  list(organisation: string, page: PageRequest): Promise<Page<LayerRecord>>
  /** Newest first. */
  listVersions(organisation: string, name: string): Promise<readonly LayerRecord[]>
  /** The versions of functions that use one version of the layer, or any: by version of the layer, id of the function, version. */
  listUses(organisation: string, name: string, version?: number): Promise<readonly LayerUse[]>
  /**
   * Removes a version, or all, and bundles that nothing uses any more. MUST answer `used`, and change nothing, where a
   * version of a function uses one of them, and `missing` where there is none.
   */
  remove(organisation: string, name: string, version?: number): Promise<"removed" | "missing" | "used">
}
