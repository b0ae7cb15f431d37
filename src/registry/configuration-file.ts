import { FunctionsError } from "../errors/functions-error.ts"
import type { BundlerSession, CodeBundle } from "./bundler-session.ts"
import { bundleHash } from "./content-hash.ts"
import { bundleFileName } from "./source-map.ts"
import type { UploadFiles } from "./upload-collector.ts"
import { traceBy } from "./version-maps.ts"

/** What it takes to read a configuration that is code. */
export interface ConfigurationReader {
  /** Whose upload it is. */
  readonly organisation: string
  /** The session that will bundle the function too. */
  readonly session: Pick<BundlerSession, "bundleCode">
  /** Modules beside the upload: names to code. */
  readonly modules: Readonly<Record<string, string>>
  /** Calls the default export of an ES module in the sandbox and gives what it answers, as JSON can hold it. */
  evaluate(code: string): Promise<unknown>
}

const extensions = ["ts", "mts", "cts", "js", "mjs", "cjs", "json"]

/** What `function.config.*` at the upload's root says, unchecked; undefined where there is none. */
export async function readConfigurationFile(files: UploadFiles, reader: ConfigurationReader): Promise<unknown> {
  const path = extensions.map((extension) => `function.config.${extension}`).find((name) => files.has(name))
  if (path === undefined) return undefined
  const written = path.endsWith(".json") ? readJson(files, path) : await evaluate(files, path, reader)
  if (typeof written === "object" && written !== null && !Array.isArray(written)) return written
  throw refuseFile(path, "it must be, or export, an object")
}

function readJson(files: UploadFiles, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(files.get(path)))
  } catch {
    throw refuseFile(path, "it is not valid JSON")
  }
}

async function evaluate(files: UploadFiles, path: string, reader: ConfigurationReader): Promise<unknown> {
  const code = `import * as module from "./${path}"
export default () => {
  const written = "default" in module ? module.default : module
  return typeof written === "function" ? written() : written
}`
  const bundle = await reader.session.bundleCode(files, { code, path, modules: reader.modules })
  try {
    return await reader.evaluate(bundle.code)
  } catch (error) {
    throw await translate(error, path, bundle, reader.organisation)
  }
}

/** What the author's code did is a fault of the configuration; anything else stays what it is. */
async function translate(error: unknown, path: string, bundle: CodeBundle, organisation: string): Promise<unknown> {
  if (!(error instanceof FunctionsError) || !["FN_002", "FN_003", "FN_004", "FN_005"].includes(error.code)) return error
  const { guest } = error
  const said = guest ? `${guest.name}: ${guest.message}` : error.message
  const source = {
    fileName: bundleFileName,
    key: bundleHash(bundle.code, bundle.sourceMap),
    read: async () => bundle,
  }
  const traced = guest && (await traceBy(organisation, [source], { error: guest, texts: [] }))
  return refuseFile(path, `its code failed with ${said}`, guest && { ...guest, stack: "", ...traced?.own })
}

function refuseFile(path: string, why: string, guest?: FunctionsError["guest"]): FunctionsError {
  return new FunctionsError("FN_006", `Cannot read the configuration "${path}": ${why}.`, {
    issues: [{ path, message: why }],
    ...(guest && { guest }),
  })
}
