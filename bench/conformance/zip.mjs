// Feeds a corpus of archives to Inlay's own reader: the corpus's `run.mjs` judges what comes out.
// Usage: node bench/conformance/zip.mjs <folder with run.mjs and manifest.json> [-v]
import { spawnSync } from "node:child_process"
import { join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"

const self = fileURLToPath(import.meta.url)

/** What the runner calls for each archive. */
export async function upload(bytes, limits) {
  const { readUpload } = await reader()
  const files = await readUpload(
    { zip: bytes },
    { maxEntries: limits.maxFiles, maxFileBytes: limits.maxFileBytes, maxBytes: limits.maxTotalBytes },
  )
  return { files: Object.fromEntries(files) }
}

let loaded

function reader() {
  loaded ??= load()
  return loaded
}

async function load() {
  const root = resolve(self, "../../..")
  const outfile = join(root, "node_modules/.cache/inlay/upload.mjs")
  await build({
    entryPoints: [join(root, "src/registry/upload.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    outfile,
  })
  return import(pathToFileURL(outfile).href)
}

if (process.argv[1] && resolve(process.argv[1]) === self) {
  const folder = process.argv[2]
  if (!folder) {
    process.stderr.write("Usage: node bench/conformance/zip.mjs <corpus folder> [-v]\n")
    process.exit(2)
  }
  const rest = process.argv.slice(3)
  const { status } = spawnSync(process.execPath, [resolve(folder, "run.mjs"), self, ...rest], { stdio: "inherit" })
  process.exit(status ?? 1)
}
