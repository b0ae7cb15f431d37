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

export default defineConfig([
  {
    // TEMPORARY while parts are being built side by side: missing entries are passed over, and dist is not cleaned.
    entry: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))),
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
  {
    // What functions import, as text for the bundler: each one whole.
    entry: {
      "workers/author-sdk": "src/sandbox/author/sdk.ts",
      "workers/author-functions": "src/sandbox/author/functions.ts",
    },
    clean: false,
    format: "esm",
    target: "es2022",
    splitting: false,
    dts: false,
  },
])
