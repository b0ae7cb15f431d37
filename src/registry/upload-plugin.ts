import { posix } from "node:path"
import type { OnLoadArgs, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin } from "esbuild"
import type { BuildOrder } from "./bundler-protocol.ts"
import { disarmComputedImports, type Transform } from "./computed-imports.ts"
import type { MissingImport } from "./import-suggestion.ts"
import { overrideSourceMap } from "./incoming-source-map.ts"
import { isCodeLoader, loaderOf } from "./loaders.ts"
import { createImportResolver } from "./resolve.ts"
import type { UploadFiles } from "./upload-collector.ts"

/** The name under which a build is begun; the plugin turns it into the order's target. */
export const entryName = "entry"

/** The namespace of the upload's files. */
export const uploadNamespace = "upload"

/**
 * Serves every import of a build from memory. There is no path through it to a file of this machine: what it does not know
 * is an error, and esbuild is never left to look for itself.
 */
export function uploadPlugin(files: UploadFiles, order: BuildOrder, transform: Transform): Plugin {
  const { target, modules, layers } = order
  const names = new Set(Object.keys(modules))
  const resolver = createImportResolver(files, names, layers)

  async function resolve(args: OnResolveArgs): Promise<OnResolveResult> {
    if (args.kind === "entry-point") {
      return "path" in target
        ? { path: target.path, namespace: uploadNamespace }
        : { path: entryName, namespace: "code" }
    }
    if (args.namespace === "module") {
      return names.has(args.path)
        ? { path: args.path, namespace: "module" }
        : { errors: [{ text: `${JSON.stringify(args.path)} is not known to the host's modules` }] }
    }
    const kind = args.kind.startsWith("require") ? "require" : "import"
    const importer = args.namespace === uploadNamespace ? args.importer : entryName
    const found = await resolver.resolve({ specifier: args.path, importer, kind })
    switch (found.type) {
      case "file":
        return { path: found.path, namespace: uploadNamespace, sideEffects: found.sideEffects }
      case "module":
        return { path: found.name, namespace: "module", sideEffects: false }
      case "layer":
        return { path: found.specifier, external: true }
      case "empty":
        return { path: "nothing", namespace: "empty", sideEffects: false }
      case "absent":
        return { path: args.path, namespace: "absent", warnings: [{ text: found.reason }] }
      case "refused":
        return { errors: [{ text: found.reason, detail: { specifier: args.path, importer } satisfies MissingImport }] }
    }
  }

  async function loadFile(args: OnLoadArgs): Promise<OnLoadResult> {
    const bytes = files.get(args.path)
    if (!bytes) return { errors: [{ text: `${JSON.stringify(args.path)} is not in the upload` }] }
    const loader = loaderOf(args.path, bytes, args.with)
    if (!isCodeLoader(loader)) return { contents: bytes, loader }
    const code = new TextDecoder().decode(bytes)
    try {
      return { contents: overrideSourceMap(await disarmComputedImports(code, loader, transform)), loader }
    } catch (error) {
      // Messages of `transform` know the file only as standard input.
      const { errors } = error as { errors?: OnLoadResult["errors"] & object }
      if (!errors) throw error
      return { errors: errors.map((message) => ({ ...message, location: relocate(message.location, args.path) })) }
    }
  }

  return {
    name: "upload",
    setup(build) {
      const all = /.*/
      build.onResolve({ filter: all }, resolve)
      build.onLoad({ filter: all, namespace: uploadNamespace }, loadFile)
      build.onLoad({ filter: all, namespace: "code" }, () => ({
        contents: "code" in target ? target.code : "",
        loader: "ts",
      }))
      build.onLoad({ filter: all, namespace: "module" }, (args) => ({
        contents: modules[args.path] ?? "",
        loader: "ts",
      }))
      build.onLoad({ filter: all, namespace: "empty" }, () => ({ contents: "module.exports = {}", loader: "js" }))
      build.onLoad({ filter: all, namespace: "absent" }, (args) => ({
        contents: `throw Object.assign(new Error(${JSON.stringify(`Cannot find module '${args.path}'`)}), { code: "MODULE_NOT_FOUND" })`,
        loader: "js",
      }))
      // esbuild comes to a file of the disk by itself where it expands a pattern: it must not be read.
      build.onLoad({ filter: all, namespace: "file" }, () => ({ errors: [{ text: "leads outside of the upload" }] }))
    },
  }
}

type MessageLocation = NonNullable<NonNullable<OnLoadResult["errors"]>[number]["location"]>

function relocate<Location extends Partial<MessageLocation> | null | undefined>(location: Location, path: string) {
  return location ? { ...location, file: posix.normalize(path), namespace: uploadNamespace } : null
}
