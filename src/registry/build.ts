import type { BuildFailure, BuildOptions, BuildResult, Message } from "esbuild"
import { layerScheme } from "../model/layer.ts"
import { asyncLoops, renewAsyncLoops } from "./async-loops.ts"
import { createAdviser } from "./build-advice.ts"
import { type MessageOrigin, toBuildIssue, toWarning } from "./build-issues.ts"
import type { BuildIssue, BuildOrder, BuildOutcome, BuildTarget } from "./bundler-protocol.ts"
import type { UploadFiles } from "./upload-collector.ts"
import { entryName, uploadNamespace, uploadPlugin } from "./upload-plugin.ts"

/** The two functions of esbuild that a build takes. */
export interface Esbuild {
  build(options: BuildOptions & { write: false }): Promise<BuildResult<{ write: false }>>
  transform(code: string, options: object): Promise<{ readonly warnings: readonly Message[] }>
}

/** Bundles the order's target with all that it imports into one ES module. */
export async function buildUpload(esbuild: Esbuild, files: UploadFiles, order: BuildOrder): Promise<BuildOutcome> {
  const entryPath = "path" in order.target ? order.target.path : ""
  const origin = { entryPath, files }
  try {
    const result = await esbuild.build({ ...options, plugins: [uploadPlugin(files, order, esbuild.transform)] })
    // A pattern that matches no file of this machine must read like one that does.
    const pattern = result.warnings.find(({ text }) => text.startsWith("The glob pattern"))
    if (pattern) return refused([toBuildIssue({ ...pattern, text: "leads outside of the upload" }, origin)])
    const output = (suffix: string) => result.outputFiles.find(({ path }) => path.endsWith(suffix))?.text ?? ""
    const rawMap = output(".js.map")
    const code = renewAsyncLoops(output(".js"), rawMap)
    const sourceMap = tidySourceMap(rawMap, files, order.sourcePrefix ?? "")
    const tooLarge =
      sizeFault("bundle", code, order.maxCodeBytes) ?? sizeFault("source map", sourceMap, order.maxSourceMapBytes)
    if (tooLarge) return refused([{ path: entryPath, text: tooLarge }])
    const warnings = result.warnings.filter(({ location }) => !location?.file.includes("node_modules/"))
    const issues = await explain(warnings, esbuild, order, origin)
    return { type: "bundled", code, sourceMap, warnings: issues.map(toWarning) }
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>
    // Without a list of errors it was not the code that failed but esbuild's own process.
    if (!errors || errors.some(isServiceFailure)) return { type: "crashed" }
    return refused(await explain(errors.slice(0, maxIssues), esbuild, order, origin))
  }
}

const maxIssues = 20

/** The messages with where they stand and what was most likely meant. */
async function explain(
  messages: readonly Message[],
  esbuild: Esbuild,
  order: BuildOrder,
  origin: MessageOrigin,
): Promise<readonly BuildIssue[]> {
  const { files } = origin
  const advise = createAdviser({
    files,
    modules: [...Object.keys(order.modules), ...(order.layers ?? []).map((name) => layerScheme + name)],
    async exportsOf(kind, path) {
      const target: BuildTarget = kind === "upload" ? { path } : { code: `export * from ${JSON.stringify(path)}` }
      const plugins = [uploadPlugin(files, { ...order, target }, esbuild.transform)]
      const result = await esbuild.build({ ...options, plugins, metafile: true }).catch(() => undefined)
      return Object.values(result?.metafile?.outputs ?? {}).flatMap((output) => output.exports)
    },
  })
  return Promise.all(messages.map(async (message) => toBuildIssue(message, origin, await advise(message))))
}

const options: BuildOptions & { write: false } = {
  entryPoints: [entryName],
  outfile: "bundle.js",
  write: false,
  bundle: true,
  format: "esm",
  platform: "neutral",
  target: "es2022",
  ...asyncLoops,
  charset: "utf8",
  sourcemap: "external",
  sourcesContent: true,
  treeShaking: true,
  legalComments: "none",
  jsx: "automatic",
  // Given in any form, it keeps esbuild from looking for a tsconfig.json.
  tsconfigRaw: {},
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "silent",
  logLimit: 50,
}

const uploadPrefix = `${uploadNamespace}:`

/** Names sources as the upload does, and gives the files' own text, of which esbuild may have seen a changed copy. */
function tidySourceMap(text: string, files: UploadFiles, sourcePrefix: string): string {
  const map = JSON.parse(text) as { sources: string[]; sourcesContent: (string | null)[] }
  const decoder = new TextDecoder()
  map.sources.forEach((source, index) => {
    if (!source.startsWith(uploadPrefix)) {
      map.sources[index] = source.startsWith("module:")
        ? sourcePrefix + source.slice("module:".length)
        : `inlay:${source.replace(/^\w+:/, "")}`
      map.sourcesContent[index] = null
      return
    }
    const path = source.slice(uploadPrefix.length)
    const bytes = files.get(path)
    map.sources[index] = sourcePrefix + path
    map.sourcesContent[index] = bytes ? decoder.decode(bytes) : null
  })
  return JSON.stringify({ ...map, file: "bundle.js" })
}

function sizeFault(what: string, text: string, maxBytes: number): string | undefined {
  const bytes = Buffer.byteLength(text)
  return bytes > maxBytes ? `the ${what} has ${bytes} bytes, of which ${maxBytes} are allowed` : undefined
}

function isServiceFailure({ text }: Message): boolean {
  return /^The service (?:was stopped|is no longer running)/.test(text)
}

function refused(issues: Extract<BuildOutcome, { type: "refused" }>["issues"]): BuildOutcome {
  return { type: "refused", issues }
}
