import { mkdir } from "node:fs/promises"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build } from "esbuild"
import { guestScript } from "../../scripts/guest-script.mjs"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Loads inner files of the package, which the built one does not export, as one module. */
export async function loadSource(name, files) {
  const folder = `${root}bench/.data`
  await mkdir(folder, { recursive: true })
  const outfile = `${folder}/${name}.mjs`
  await build({
    stdin: { contents: files.map((file) => `export * from "./${file}"`).join("\n"), resolveDir: root, loader: "ts" },
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    target: "node20",
    format: "esm",
    plugins: [guestScript],
    logLevel: "error",
  })
  return import(pathToFileURL(outfile).href)
}

/** The guest's web APIs as text. */
export async function readGuestScript() {
  const { outputFiles } = await build({
    stdin: { contents: 'export { default } from "#guest-script"', resolveDir: root },
    bundle: true,
    write: false,
    format: "cjs",
    plugins: [guestScript],
    logLevel: "error",
  })
  const module = { exports: {} }
  new Function("module", "exports", "require", outputFiles[0].text)(module, module.exports, createRequire(root))
  return module.exports.default
}
