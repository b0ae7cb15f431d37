import { builtinModules } from "node:module"
import { posix } from "node:path"
import { layerScheme } from "../model/layer.ts"
import type { UploadFiles } from "./upload-collector.ts"
import { createUploadFileSystem, uploadRoot } from "./upload-file-system.ts"

/** What an import leads to. */
export type Resolution =
  | { readonly type: "file"; readonly path: string; readonly sideEffects: boolean }
  | { readonly type: "module"; readonly name: string }
  /** It stays an import: the sandbox has the layer. */
  | { readonly type: "layer"; readonly specifier: string }
  /** A package's `browser` field says that nothing shall stand there. */
  | { readonly type: "empty" }
  /** A package asks for it with `require`, maybe behind a `try`: it fails where it is called, not here. */
  | { readonly type: "absent"; readonly reason: string }
  | { readonly type: "refused"; readonly reason: string }

/** One import as it stands in a file. */
export interface ImportRequest {
  readonly specifier: string
  /** The importing file's path in the upload. */
  readonly importer: string
  readonly kind: "import" | "require"
}

/** Resolves imports inside one upload. */
export interface ImportResolver {
  resolve(request: ImportRequest): Promise<Resolution>
}

const extensions = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"]
const builtins = new Set(builtinModules)

/** A resolver that knows the upload's files, the given modules and the function's layers, and nothing of the disk. */
export function createImportResolver(
  files: UploadFiles,
  modules: ReadonlySet<string>,
  layers?: readonly string[],
): ImportResolver {
  let lookups: Promise<Record<ImportRequest["kind"], Lookup>> | undefined
  return {
    async resolve(request) {
      const { specifier, importer } = request
      if (modules.has(specifier)) return { type: "module", name: specifier }
      if (specifier.startsWith(layerScheme)) return resolveLayer(request, layers)
      const refusal = refuse(specifier, importer)
      if (refusal) return { type: "refused", reason: refusal }
      lookups ??= createLookups(files)
      const folder = posix.join(uploadRoot, posix.dirname(importer))
      const found = (await lookups)[request.kind](folder, specifier.normalize("NFC"))
      return found ?? explainAbsence(files, request)
    },
  }
}

function resolveLayer({ specifier, kind }: ImportRequest, layers: readonly string[] | undefined): Resolution {
  const name = specifier.slice(layerScheme.length)
  const shown = JSON.stringify(specifier.slice(0, 200))
  if (!layers)
    return { type: "refused", reason: `${shown} cannot be imported here: layers are for a function's own code` }
  if (!layers.includes(name)) {
    return { type: "refused", reason: `${shown} is not among the "layers" of the configuration` }
  }
  if (kind === "import") return { type: "layer", specifier }
  return { type: "refused", reason: `${shown} is an ES module, which "require" cannot load; import it` }
}

/** Says why a specifier may not be followed whatever the upload holds. */
function refuse(specifier: string, importer: string): string | undefined {
  const shown = JSON.stringify(specifier.length > 200 ? `${specifier.slice(0, 200)}…` : specifier)
  if (specifier.includes("\0")) return `${shown} has a NUL character`
  if (/^(?:[A-Za-z]:)?[\\/]/.test(specifier))
    return `${shown} is an absolute path; import files of the upload relatively`
  if (specifier.startsWith("node:")) return nodeModule(shown)
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(specifier)) {
    return `${shown} is a URL; only files and packages of the upload can be imported`
  }
  if (/^\.\.?(?:[\\/]|$)/.test(specifier)) {
    const target = posix.normalize(posix.join(posix.dirname(importer), specifier.replaceAll("\\", "/")))
    if (target === ".." || target.startsWith("../")) return `${shown} leads outside of the upload`
  }
  return undefined
}

function explainAbsence(files: UploadFiles, { specifier, importer, kind }: ImportRequest): Resolution {
  const shown = JSON.stringify(specifier)
  if (specifier.startsWith(".")) return { type: "refused", reason: `${shown} is not in the upload` }
  if (specifier.startsWith("#")) {
    return { type: "refused", reason: `${shown} is not among the imports of the package.json that it belongs to` }
  }
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")
  const inside = `node_modules/${name}/`
  for (const path of files.keys()) {
    if (!path.startsWith(inside) && !path.includes(`/${inside}`)) continue
    return { type: "refused", reason: `${shown} leads to no file of the package "${name}" in the upload` }
  }
  const reason = builtins.has(specifier)
    ? nodeModule(shown)
    : `${shown} is not in the upload; add the package to the upload's node_modules`
  const optional = kind === "require" && /(?:^|\/)node_modules\//.test(importer)
  return { type: optional ? "absent" : "refused", reason }
}

function nodeModule(shown: string): string {
  return `${shown} is a Node.js module; the sandbox has the web APIs (fetch, URL, crypto, TextEncoder …) instead`
}

type Lookup = (folder: string, specifier: string) => Resolution | undefined

async function createLookups(files: UploadFiles): Promise<Record<ImportRequest["kind"], Lookup>> {
  // Loaded here because it takes longer to load than most bundles take to build, and many import nothing.
  const { ResolverFactory } = (await import("enhanced-resolve")).default
  const fileSystem = createUploadFileSystem(files)
  const create = (kind: ImportRequest["kind"]): Lookup => {
    const resolver = ResolverFactory.createResolver({
      fileSystem: fileSystem as never,
      useSyncFileSystemCalls: true,
      symlinks: false,
      pnpApi: null,
      extensions,
      // What stands there as written comes first, as TypeScript's own `./x.js` means `./x.ts` only where there is no such file.
      extensionAlias: {
        ".js": [".js", ".ts", ".tsx", ".jsx"],
        ".jsx": [".jsx", ".tsx"],
        ".mjs": [".mjs", ".mts"],
        ".cjs": [".cjs", ".cts"],
      },
      mainFields: ["module", "main"],
      aliasFields: ["browser"],
      conditionNames: ["worker", "browser", "module", kind],
      modules: ["node_modules"],
    })
    return (folder, specifier) => {
      let result: Resolution | undefined
      resolver.resolve({}, folder, specifier, {}, (error, path, request) => {
        if (error) return
        if (path === false) result = { type: "empty" }
        else if (request && typeof request.path === "string") result = toFile(request.path, request.descriptionFileData)
      })
      return result
    }
  }
  return { import: create("import"), require: create("require") }

  function toFile(place: string, description: unknown): Resolution | undefined {
    const path = place.slice(uploadRoot.length + 1)
    if (!place.startsWith(`${uploadRoot}/`) || !files.has(path)) return undefined
    const sideEffects = (description as { sideEffects?: unknown } | undefined)?.sideEffects !== false
    return { type: "file", path, sideEffects }
  }
}
