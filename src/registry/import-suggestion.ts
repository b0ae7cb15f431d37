import { posix } from "node:path"
import { nearest } from "../util/nearest.ts"
import type { UploadFiles } from "./upload-collector.ts"

/** An import that leads nowhere. */
export interface MissingImport {
  readonly specifier: string
  /** The importing file's path in the upload. */
  readonly importer: string
}

const extension = /\.(?:[cm]?[jt]sx?|json)$/

/** The import that was most likely meant, as it has to be written; undefined where nothing is near. */
export function suggestImport(
  { specifier, importer }: MissingImport,
  files: UploadFiles,
  modules: readonly string[],
): string | undefined {
  const folder = posix.dirname(importer)
  const names = ownNames(files, extension.test(specifier))
  if (/^\.{0,2}\//.test(specifier)) {
    const wanted = posix.normalize(posix.join(specifier.startsWith("/") ? "" : folder, specifier))
    const found = nearFile(wanted, names)
    return found === undefined ? undefined : toSpecifier(folder, found)
  }
  const own = [posix.join(folder, specifier), specifier].find((path) => names.has(path))
  if (own !== undefined) return toSpecifier(folder, own)
  return nearest(specifier, modules) ?? nearPackage(specifier, files)
}

/** The files that are not packages', as imports name them. */
function ownNames(files: UploadFiles, withExtension: boolean): ReadonlySet<string> {
  const names = new Set<string>()
  for (const path of files.keys()) {
    if (/(?:^|\/)node_modules\//.test(path)) continue
    if (withExtension) names.add(path)
    else if (extension.test(path)) names.add(path.replace(extension, "").replace(/\/index$/, ""))
  }
  return names
}

/** A file of a near name in the same folder, else the one of the same name elsewhere. */
function nearFile(wanted: string, names: ReadonlySet<string>): string | undefined {
  const folder = posix.dirname(wanted)
  const base = posix.basename(wanted)
  const beside = [...names].filter((name) => posix.dirname(name) === folder).map((name) => posix.basename(name))
  const near = nearest(base, beside)
  if (near !== undefined) return posix.join(folder, near)
  const same = [...names].filter((name) => posix.basename(name).toLowerCase() === base.toLowerCase())
  return same.length > 1 ? (nearest(wanted, same) ?? same[0]) : same[0]
}

function nearPackage(specifier: string, files: UploadFiles): string | undefined {
  const length = specifier.startsWith("@") ? 2 : 1
  const segments = specifier.split("/")
  const name = segments.slice(0, length).join("/")
  const packages = new Set<string>()
  for (const path of files.keys()) {
    const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/@][^/]*)\//.exec(path)
    if (match?.[1] !== undefined) packages.add(match[1])
  }
  const near = nearest(name, packages)
  return near === undefined ? undefined : [near, ...segments.slice(length)].join("/")
}

function toSpecifier(folder: string, path: string): string {
  const relative = posix.relative(folder, path)
  if (relative === "") return "."
  return relative.startsWith(".") ? relative : `./${relative}`
}
