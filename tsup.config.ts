import { existsSync } from "node:fs"
import { defineConfig } from "tsup"
import { guestScript } from "./scripts/guest-script.mjs"

const entries: Readonly<Record<string, string>> = {
  index: "src/index.ts",
  sdk: "src/sandbox/author/sdk.ts",
  functions: "src/sandbox/author/functions.ts",
  testing: "src/testing/index.ts",
  "storage/sqlite": "adapters/storage/sqlite.ts",
  "storage/postgres": "adapters/storage/postgres.ts",
  express: "adapters/mount/express.ts",
  hono: "adapters/mount/hono.ts",
  node: "adapters/mount/node.ts",
  "workers/sandbox": "src/sandbox/worker.ts",
  "workers/bundler": "src/registry/bundler-process.ts",
  "workers/sqlite": "adapters/storage/sqlite-worker.ts",
}

// What functions import, as text for the bundler: each one whole.
const authorModules: Readonly<Record<string, string>> = {
  "workers/author-sdk": "src/sandbox/author/sdk.ts",
  "workers/author-functions": "src/sandbox/author/functions.ts",
}

// TEMPORARY while parts are being built side by side: missing entries are passed over, and dist is not cleaned.
const existing = (all: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(all).filter(([, file]) => existsSync(file)))

export default defineConfig([
  {
    entry: existing(entries),
    clean: false,
    format: "esm",
    target: "node20",
    splitting: true,
    dts: false,
    sourcemap: true,
    // "node:sqlite" has no other name.
    removeNodeProtocol: false,
    esbuildPlugins: [guestScript],
  },
  ...Object.entries(existing(authorModules)).map(([name, file]) => ({
    entry: { [name]: file },
    clean: false,
    format: "esm" as const,
    target: "es2022" as const,
    splitting: false,
    dts: false,
  })),
])
