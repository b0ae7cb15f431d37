import { createHash } from "node:crypto"
import stringify from "fast-json-stable-stringify"
import type { Configuration, VersionConfiguration } from "../model/configuration.ts"

/** The hash that tells versions of one function apart: bundle and configuration, without what belongs to the function. */
export function contentHash(code: string, configuration: VersionConfiguration | Configuration): string {
  const { environment: _, triggers: __, description: ___, ...version } = configuration as Configuration
  return sha256(stringify({ code, configuration: version }))
}

/** The hash under which a bundle is stored: with its map, since the same code may come from other files. */
export function bundleHash(code: string, sourceMap = ""): string {
  return sha256(`${code.length}\n${code}${sourceMap}`)
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex")
}
