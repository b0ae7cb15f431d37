import { defineConfig } from "tsup"
import { writeEngine } from "./scripts/engine-wasm.ts"
import { guestScript, writeLicences } from "./scripts/guest-script.mjs"

export default defineConfig([
  {
    entry: {
      index: "src/index.ts",
      sdk: "src/sandbox/author/sdk.ts",
      functions: "src/sandbox/author/functions.ts",
      testing: "src/testing/index.ts",
      "storage/sqlite": "adapters/storage/sqlite.ts",
      "storage/postgres": "adapters/storage/postgres.ts",
      capabilities: "adapters/capability/capabilities.ts",
      express: "adapters/mount/express.ts",
      hono: "adapters/mount/hono.ts",
      node: "adapters/mount/node.ts",
      cli: "src/cli/main.ts",
      "workers/sandbox": "src/sandbox/worker.ts",
      "workers/bundler": "src/registry/bundler-process.ts",
      "workers/sqlite": "adapters/storage/sqlite-worker.ts",
    },
    format: "esm",
    target: "node20",
    // One FunctionsError for all entry points.
    splitting: true,
    sourcemap: true,
    // "node:sqlite" has no other name.
    removeNodeProtocol: false,
    esbuildPlugins: [guestScript],
    onSuccess: async () => {
      await writeEngine("dist/workers")
      await writeLicences()
    },
  },
  {
    // What functions import, as text for the bundler: each one whole.
    entry: {
      "workers/author-sdk": "src/sandbox/author/sdk.ts",
      "workers/author-functions": "src/sandbox/author/functions.ts",
    },
    format: "esm",
    target: "es2022",
    splitting: false,
  },
])
