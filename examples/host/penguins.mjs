import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

/**
 * Reads 344 penguins of the Palmer Archipelago: Gorman, Williams and Fraser (2014), released under CC0 through
 * `palmerpenguins`, as the npm package `vega-datasets` carries them.
 */
export async function readPenguins() {
  const build = dirname(createRequire(import.meta.url).resolve("vega-datasets"))
  return JSON.parse(await readFile(join(build, "../data/penguins.json"), "utf8"))
}
