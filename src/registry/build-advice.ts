import type { Message } from "esbuild"
import { didYouMean, nearest } from "../util/nearest.ts"
import type { Advice } from "./build-issues.ts"
import { type MissingImport, suggestImport } from "./import-suggestion.ts"
import { plainNames } from "./plain-names.ts"
import type { UploadFiles } from "./upload-collector.ts"

const maxShown = 10
const maxModules = 5

/** What the advice on a build's messages is drawn from. */
export interface AdviceSources {
  readonly files: UploadFiles
  /** Names of the host's modules. */
  readonly modules: readonly string[]
  /** Names that a file of the upload, or a module of the host, exports. */
  readonly exportsOf: (kind: "upload" | "module", path: string) => Promise<readonly string[]>
}

/** Says, message by message, what was most likely meant. */
export function createAdviser({ files, modules, exportsOf }: AdviceSources): (message: Message) => Promise<Advice> {
  const known = new Map<string, Promise<readonly string[]>>()

  async function adviseExport({ kind, path, name }: MissingExport): Promise<Advice> {
    const key = `${kind}:${path}`
    // Each one is a build of its own.
    if (!known.has(key) && known.size === maxModules) return { text: "" }
    const reading = known.get(key) ?? exportsOf(kind, path)
    known.set(key, reading)
    const names = plainNames(await reading)
    const near = nearest(name, names)
    return near === undefined ? { text: `; ${list(names)}` } : { text: didYouMean(near), suggestion: near }
  }

  return async (message) => {
    const absent = readMissingExport(message.text)
    if (absent) return adviseExport(absent)
    const missing = message.detail as MissingImport | undefined
    const near = missing && suggestImport(missing, files, modules)
    return { text: didYouMean(near), ...(near !== undefined && { suggestion: near }) }
  }
}

interface MissingExport {
  readonly kind: "upload" | "module"
  readonly path: string
  readonly name: string
}

/** What esbuild says of an export that is missing, as an error and as a warning. */
function readMissingExport(text: string): MissingExport | undefined {
  const inNames = /^No matching export in "(?<kind>upload|module):(?<path>.+)" for import "(?<name>.+)"$/
  const inUse =
    /^Import "(?<name>.+)" will always be undefined because there is no matching export in "(?<kind>upload|module):(?<path>.+)"$/
  return (inNames.exec(text) ?? inUse.exec(text))?.groups as MissingExport | undefined
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "it exports nothing"
  const more = names.length > maxShown ? ` and ${names.length - maxShown} more` : ""
  return `it exports ${names.slice(0, maxShown).join(", ")}${more}`
}
