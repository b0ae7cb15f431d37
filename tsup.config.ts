import { defineConfig } from "tsup"
import { writeBaseImage } from "./scripts/base-image.ts"
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
      "notifier/console": "adapters/notifier/console.ts",
      "notifier/email": "adapters/notifier/email.ts",
      "notifier/ntfy": "adapters/notifier/ntfy.ts",
      "notifier/pagerduty": "adapters/notifier/pagerduty.ts",
      "notifier/slack": "adapters/notifier/slack.ts",
      "notifier/webhook": "adapters/notifier/webhook.ts",
      express: "adapters/mount/express.ts",
      hono: "adapters/mount/hono.ts",
      node: "adapters/mount/node.ts",
      cli: "src/cli/main.ts",
      "workers/sandbox": "src/sandbox/thread/worker.ts",
      "workers/bundler": "src/registry/bundler-process.ts",
      "workers/trace": "src/registry/trace-worker.ts",
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
      await writeBaseImage("dist/workers")
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
