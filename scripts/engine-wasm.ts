import { mkdir, readFile, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { addRejectionTracker } from "./rejection-tracker/add-rejection-tracker.ts"
import { addStoreBarrier } from "./store-barrier/add-store-barrier.ts"

const engine = createRequire(import.meta.url).resolve("@jitl/quickjs-ng-wasmfile-release-sync/wasm")
const licence = fileURLToPath(new URL("../LICENSE", `file://${engine}`))

/** Writes the engine with its rejection tracker and store barrier, and the engine's licence beside it. */
export async function writeEngine(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(`${folder}/engine.wasm`, addStoreBarrier(addRejectionTracker(await readFile(engine))))
  await writeFile(`${folder}/engine.LICENSE`, await readFile(licence))
}
