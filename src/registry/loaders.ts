import { posix } from "node:path"
import type { Loader } from "esbuild"

const byExtension: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".js": "jsx",
  ".jsx": "jsx",
  ".mjs": "jsx",
  ".cjs": "jsx",
  ".json": "json",
}

/** How a file of the upload is read: code and JSON as such, other text as a string, everything else as a `Uint8Array`. */
export function loaderOf(path: string, bytes: Uint8Array, attributes: Readonly<Record<string, string>>): Loader {
  if (attributes.type === "json") return "json"
  if (attributes.type === "text") return "text"
  if (attributes.type === "bytes") return "binary"
  const extension = posix.extname(path)
  const known = byExtension[extension]
  if (known) return known
  if (extension === "" && path.includes("node_modules/")) return "jsx"
  return isText(bytes) ? "text" : "binary"
}

/** Whether a loader reads code, which can hold imports and comments that esbuild acts upon. */
export function isCodeLoader(loader: Loader): boolean {
  return loader === "ts" || loader === "tsx" || loader === "jsx"
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
