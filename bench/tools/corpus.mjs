import { spawnSync } from "node:child_process"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"

/** Where `module` was started by itself: has the `run.mjs` of the corpus, the first argument, judge what it exports. */
export function runCorpus(module) {
  const self = fileURLToPath(module)
  if (!process.argv[1] || resolve(process.argv[1]) !== self) return
  const [folder, ...rest] = process.argv.slice(2)
  if (!folder) {
    process.stderr.write(`Usage: node ${process.argv[1]} <corpus folder> [-v]\n`)
    process.exit(2)
  }
  const { status } = spawnSync(process.execPath, [resolve(folder, "run.mjs"), self, ...rest], { stdio: "inherit" })
  process.exit(status ?? 1)
}
