import { z } from "zod"
import { FunctionsError } from "../errors/functions-error.ts"
import type { LogEntry } from "./invocation.ts"
import { namePattern } from "./name.ts"

/** One immutable version of a layer: shared code that functions import as `layer:NAME`. */
export interface LayerRecord {
  readonly organisation: string
  readonly name: string
  /** 1, 2, 3 … per name; a number is never given again. */
  readonly version: number
  readonly contentHash: string
  /** Names that can be imported, `default` too: identifiers of at most 100 characters, the first 1,000. */
  readonly exports: readonly string[]
  readonly bundleBytes: number
  /** What it adds to the snapshot of each version that uses it; null where its code runs for every call instead. */
  readonly snapshotBytes: number | null
  /** Who deployed it. */
  readonly actor: string
  /** Epoch milliseconds. */
  readonly createdAt: number
}

/** What deploying a layer answers. */
export interface LayerDeployment extends LayerRecord {
  /** What the author should know although the deployment succeeded. */
  readonly warnings: readonly string[]
  /** What its code wrote when it was loaded on trial. */
  readonly logs: readonly LogEntry[]
}

/** A function's version that uses a layer. */
export interface LayerUse {
  /** The layer's version. */
  readonly layer: number
  readonly functionId: string
  /** The function's name. */
  readonly name: string
  readonly version: number
}

/** A version of a layer with those that use it. */
export interface LayerDetails extends LayerRecord {
  readonly usedBy: readonly LayerUse[]
}

/** A version of a layer. */
export interface LayerPin {
  readonly name: string
  readonly version: number
}

/** What stands before a layer's name in imports. No package has such a name. */
export const layerScheme = "layer:"

/** Layers of one function. */
const maxLayers = 10

/** The layers of a configuration: `name`, which means the latest at deploy, or `name@version`. */
export const layersSchema: z.ZodType<readonly string[]> = z
  .array(
    z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}(?:@[1-9][0-9]{0,8})?$/, {
      message: 'must be a layer, such as "dates" or "dates@3"',
    }),
  )
  .max(maxLayers)
  .refine((layers) => new Set(layers.map((text) => text.split("@")[0])).size === layers.length, {
    message: "must name a layer only once",
  })

/** Reads `name` and `name@version`; `FN_001` where it is neither. */
export function toLayerReference(text: string): { readonly name: string; readonly version?: number } {
  const [name = "", version, ...more] = text.split("@")
  if (namePattern.test(name) && more.length === 0) {
    if (version === undefined) return { name }
    if (/^[1-9][0-9]{0,8}$/.test(version)) return { name, version: Number(version) }
  }
  throw new FunctionsError("FN_001", `Cannot find layer "${text.slice(0, 140)}": a layer is named "name" or "name@3".`)
}

/** Writes a version of a layer as configurations name it. */
export function toLayerText({ name, version }: LayerPin): string {
  return `${name}@${version}`
}
