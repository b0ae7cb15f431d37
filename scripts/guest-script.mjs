import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const guest = fileURLToPath(new URL("../src/sandbox/guest/", import.meta.url))

/**
 * Turns the guest's web APIs into one script, and makes its text the module `#guest-script`.
 * @type {import("esbuild").Plugin}
 */
export const guestScript = {
  name: "guest-script",
  setup(host) {
    host.onResolve({ filter: /^#guest-script$/ }, () => ({ path: "guest-script", namespace: "guest" }))
    host.onLoad({ filter: /.*/, namespace: "guest" }, async () => {
      const result = await build({
        // A module, not a function around it all: the engine would keep the function's whole text.
        stdin: { contents: 'import boot from "./main.ts"; globalThis.__inlay = boot', resolveDir: guest, loader: "ts" },
        inject: [`${guest}globals.ts`],
        bundle: true,
        write: false,
        format: "esm",
        target: "es2022",
        minify: true,
        legalComments: "none",
        tsconfigRaw: {},
      })
      return { contents: result.outputFiles[0]?.text ?? "", loader: "text" }
    })
  },
}
