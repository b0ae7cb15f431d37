// Feeds a corpus of archives to Inlay's own reader: the corpus's `run.mjs` judges what comes out.
// Usage: node bench/conformance/zip.mjs <folder with run.mjs and manifest.json> [-v]
import { runCorpus } from "../tools/corpus.mjs"
import { loadSource } from "../tools/source.mjs"

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
  loaded ??= loadSource("upload", ["src/registry/upload.ts"])
  return loaded
}

runCorpus(import.meta.url)
