import { readdir, readFile, writeFile } from "node:fs/promises"
import { basename, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const guest = fileURLToPath(new URL("../src/sandbox/guest/", import.meta.url))
const globals = resolve(guest, "globals.ts")
const bundled = new Set()

/**
 * Turns the guest's web APIs into scripts, and makes their texts modules: `#guest-script` is what every sandbox boots
 * with, `#guest-features` has one script for each heavier part in `features/`, by name.
 * @type {import("esbuild").Plugin}
 */
export const guestScript = {
  name: "guest-script",
  setup(host) {
    let scripts
    host.onStart(() => {
      scripts = undefined
    })
    host.onResolve({ filter: /^#guest-(script|features)$/ }, ({ path }) => ({ path, namespace: "guest" }))
    host.onLoad({ filter: /.*/, namespace: "guest" }, async ({ path }) => {
      scripts ??= buildScripts()
      const { base, features } = await scripts
      if (path === "#guest-script") return { contents: base, loader: "text" }
      return { contents: JSON.stringify(features), loader: "json" }
    })
  },
}

/** Writes the licences of the libraries that the scripts hold copies of: they ask for it. */
export async function writeLicences() {
  const parts = await Promise.all(
    [...bundled].sort().map(async (name) => {
      const folder = fileURLToPath(new URL(`../node_modules/${name}/`, import.meta.url))
      const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one))
      if (!file) throw new Error(`Cannot find the licence of ${name}, which the package holds a copy of`)
      return `## ${name}\n\n${(await readFile(resolve(folder, file), "utf8")).trim()}\n`
    }),
  )
  const head = "# Licences of the libraries that are part of the built files\n"
  await writeFile(fileURLToPath(new URL("../dist/licences.md", import.meta.url)), [head, ...parts].join("\n"))
}

async function buildScripts() {
  const exports = await baseExports()
  const names = (await readdir(resolve(guest, "features"), { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => basename(entry.name, ".ts"))
    .sort()
  const built = await Promise.all(
    names.map(async (name) => [
      name,
      await bundle(`import define from "./features/${name}.ts"; define()`, [shareBase(exports)]),
    ]),
  )
  const features = Object.fromEntries(built)
  const base = await bundle(baseEntry(Object.values(features).join("\n")))
  return { base, features }
}

/** The base lends features what they import from its files: they must share its state, and need not carry it twice. */
function baseEntry(features) {
  const lent = [...new Set(features.match(/(?<=")[\w./-]+\.ts#\w+(?=")/g))].sort()
  const lines = lent.map((key, index) => {
    const [file, name] = key.split("#")
    return `import { ${name} as lent${index} } from "./${file}"`
  })
  const entries = lent.map((key, index) => `"${key}": lent${index}`)
  return [
    ...lines,
    'import boot from "./main.ts"',
    'import { lend } from "./feature.ts"',
    `lend(() => ({ __proto__: null, ${entries.join(", ")} }))`,
    "globalThis.__inlay = boot",
  ].join("\n")
}

/** What each file of the base exports, by path. */
async function baseExports() {
  const { metafile } = await build({ ...options('export { default } from "./main.ts"'), metafile: true })
  const files = Object.keys(metafile.inputs)
    .map((file) => resolve(file))
    .filter((file) => file.startsWith(guest))
  const each = await build({
    entryPoints: files,
    outdir: "unwritten",
    outbase: guest,
    write: false,
    metafile: true,
    format: "esm",
    tsconfigRaw: {},
  })
  return new Map(
    Object.values(each.metafile.outputs).map((output) => [resolve(output.entryPoint ?? ""), output.exports]),
  )
}

/**
 * Replaces the base's files by what the base lends of them.
 * @returns {import("esbuild").Plugin}
 */
function shareBase(exports) {
  return {
    name: "share-base",
    setup(feature) {
      feature.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const names = exports.get(path)
        if (!names) return undefined
        const file = path.slice(guest.length)
        const lines = names.map((name) => {
          const value = `/* @__PURE__ */ lent("${file}#${name}")`
          return name === "default"
            ? `export default ${value}`
            : `const own_${name} = ${value}\nexport { own_${name} as ${name} }`
        })
        return { contents: ["const lent = globalThis.__inlay", ...lines].join("\n"), loader: "js" }
      })
    },
  }
}

async function bundle(contents, plugins = []) {
  const result = await build({ ...options(contents), plugins, metafile: true })
  for (const file of Object.keys(result.metafile.inputs)) {
    const [, name] = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? []
    if (name) bundled.add(name)
  }
  return result.outputFiles[0]?.text ?? ""
}

function options(contents) {
  return {
    // A module, not a function around it all: the engine would keep the function's whole text.
    stdin: { contents, resolveDir: guest, loader: "ts" },
    inject: [globals],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    minify: true,
    legalComments: "none",
    tsconfigRaw: {},
  }
}
