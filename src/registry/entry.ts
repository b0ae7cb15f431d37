import { FunctionsError } from "../errors/functions-error.ts"
import { didYouMean } from "../util/nearest.ts"
import { suggestImport } from "./import-suggestion.ts"
import type { UploadFiles } from "./upload-collector.ts"

/** Where a function begins: a file of the upload, and the export that is its handler. */
export interface Entry {
  readonly path: string
  readonly exportName: string
}

const codeExtensions = [".ts", ".tsx", ".mts", ".js", ".mjs", ".cjs", ".jsx", ".cts"]
const entryNames = ["index", "main", "handler", "function"]

/**
 * Finds the entry: the file that the configuration's `handler` names, else the one of `package.json`, else a usual name,
 * else the only code file there is. Throws `FN_005`, saying what was looked for, where there is none.
 */
export function findEntry(files: UploadFiles, handler?: string): Entry {
  if (handler !== undefined) return findHandler(files, handler)
  for (const target of packageEntries(files)) {
    const path = findFile(files, target)
    if (path) return { path, exportName: "default" }
  }
  for (const base of [...entryNames, ...entryNames.map((name) => `src/${name}`)]) {
    const path = findFile(files, base)
    if (path) return { path, exportName: "default" }
  }
  const [only, ...others] = [...files.keys()].filter(isOwnCode)
  if (only !== undefined && others.length === 0) return { path: only, exportName: "default" }
  const looked = `the main, module and exports of package.json, then ${entryNames.join(", ")} (also in src) with one of ${codeExtensions.join(" ")}`
  throw noEntry(`it has no entry file; looked for ${looked}, then for a single code file`)
}

function findHandler(files: UploadFiles, handler: string): Entry {
  const dot = handler.lastIndexOf(".")
  const base = handler.slice(0, dot)
  const exportName = handler.slice(dot + 1)
  for (const start of ["", "src/"]) {
    const path = findFile(files, start + base)
    if (path) return { path, exportName }
  }
  const near = suggestImport({ specifier: `./${base}`, importer: "" }, files, [])
  const suggestion = near && `${near.replace(/^\.\//, "")}.${exportName}`
  const looked = `looked for ${base} with one of ${codeExtensions.join(" ")}`
  throw noEntry(`its handler "${handler}" has no file; ${looked}${didYouMean(suggestion)}`, suggestion)
}

/** The file that a path without, or with, its extension means. */
function findFile(files: UploadFiles, target: string): string | undefined {
  const base = normalise(target)
  if (base === undefined) return undefined
  if (isCode(base) && files.has(base)) return base
  for (const stem of base === "" ? ["index"] : [base, `${base}/index`]) {
    for (const extension of codeExtensions) {
      if (files.has(stem + extension)) return stem + extension
    }
  }
  return undefined
}

function packageEntries(files: UploadFiles): readonly string[] {
  const bytes = files.get("package.json")
  if (!bytes) return []
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new FunctionsError("FN_005", 'Cannot read "package.json" of the upload: it is not valid JSON.', {
      issues: [{ path: "package.json", message: "is not valid JSON" }],
    })
  }
  if (typeof json !== "object" || json === null) return []
  const { exports, module, main } = json as Record<string, unknown>
  return [exportTarget(exports), module, main].filter(
    (target) => typeof target === "string" && target !== "",
  ) as string[]
}

/** The target of `exports` for the package itself. */
function exportTarget(exports: unknown): string | undefined {
  let target = exports
  for (let depth = 0; depth < 8; depth++) {
    if (typeof target === "string") return target
    if (typeof target !== "object" || target === null || Array.isArray(target)) return undefined
    const conditions = target as Record<string, unknown>
    target = conditions["."] ?? conditions.worker ?? conditions.import ?? conditions.module ?? conditions.default
  }
  return undefined
}

function normalise(path: string): string | undefined {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".")
  return path.startsWith("/") || segments.includes("..") ? undefined : segments.join("/")
}

function isCode(path: string): boolean {
  return codeExtensions.some((extension) => path.endsWith(extension)) && !/\.d\.[cm]?ts$/.test(path)
}

function isOwnCode(path: string): boolean {
  return isCode(path) && !/(?:^|\/)(?:node_modules\/|function\.config\.[a-z]+$)/.test(path)
}

function noEntry(why: string, suggestion?: string): FunctionsError {
  const issue = { path: "", message: why, ...(suggestion !== undefined && { suggestion }) }
  return new FunctionsError("FN_005", `Cannot deploy the upload: ${why}.`, {
    issues: [issue],
  })
}
