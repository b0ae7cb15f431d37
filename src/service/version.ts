import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { once } from "../util/once.ts"

/** Inlay's own version. */
export const readVersion: () => Promise<string> = once(async () => {
  const { resolve } = createRequire(import.meta.url)
  const { version } = JSON.parse(await readFile(resolve("inlay/package.json"), "utf8")) as { version: string }
  return version
})
