import { copyFile, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseSync } from "oxc-parser"
import { afterAll, beforeAll, expect, test } from "vitest"
import { createFunctions } from "../../src/index.ts"
import { root } from "./manifest.ts"
import { installPacked, type PackedProject } from "./packed.ts"
import { start } from "./process.ts"

interface Block {
  /** The document and the line of the fence, such as `queue-L52`. */
  readonly name: string
  readonly language: string
  readonly code: string
}

let project: PackedProject
let blocks: readonly Block[]
beforeAll(async () => {
  blocks = await readBlocks()
  project = await installPacked(["typescript", "@types/node"])
})
afterAll(() => project?.remove())

test.each([
  ["node16", { module: "node16", moduleResolution: "node16" }],
  ["bundler", { module: "esnext", moduleResolution: "bundler" }],
])("The guide's TypeScript is right by its types, strictly, under %s", async (name, options) => {
  const host = "guide-host.d.ts"
  await writeFile(join(project.folder, "package.json"), '{ "type": "module" }')
  await copyFile(fileURLToPath(new URL(host, import.meta.url)), join(project.folder, host))
  const files = blocks.filter(({ language }) => language === "ts")
  expect(files.length).toBeGreaterThan(40)
  for (const { name: file, code } of files) await writeFile(join(project.folder, `${file}.mts`), `${code}\nexport {}\n`)
  const lib = ["es2023", "esnext.disposable"]
  const compilerOptions = { ...options, target: "es2023", lib, types: ["node"], strict: true, noEmit: true }
  const configuration = { compilerOptions, files: [host, ...files.map(({ name: file }) => `${file}.mts`)] }
  const path = `tsconfig.guide.${name}.json`
  await writeFile(join(project.folder, path), JSON.stringify(configuration))
  const tsc = ["node_modules/typescript/bin/tsc", "-p", path, "--pretty", "false"]
  expect((await start("node", tsc, { cwd: project.folder }).ended).stdout).toBe("")
})

test("The guide's functions can be deployed, and its other JavaScript can be read", async () => {
  const functions = await createFunctions({ authenticate: "open", logger: silent })
  await functions.layers.deploy({ name: "dates", source: "export const format = String" })
  for (const { name, code } of blocks.filter(({ language }) => language === "js")) {
    if (!/^export default/m.test(code)) {
      expect(parseSync(`${name}.mjs`, code).errors, name).toEqual([])
      continue
    }
    const config = code.includes("layer:dates") ? { layers: ["dates"] } : {}
    for (const source of toModules(code)) {
      const deployment = await functions.deploy({ name, source, config }).catch((error: Error) => error)
      expect(deployment, `${name}: ${source}`).toMatchObject({ version: expect.any(Number) })
    }
  }
  await functions.close()
})

/** Several handlers in one block are alternatives; what stands before the first belongs to it. A configuration is none of them. */
function toModules(code: string): readonly string[] {
  const parts = code.split(/^(?=export (?:default|const run))/m)
  const [first = "", second = "", ...rest] = parts
  const modules = first.startsWith("export") ? parts : [first + second, ...rest]
  return modules
    .filter((one) => !/^export default \{ queue/m.test(one))
    .map((one) => (one.includes("export default") ? one : one.replace("export const run =", "export default")))
}

async function readBlocks(): Promise<readonly Block[]> {
  const guide = (await readdir(new URL("docs/", root))).filter((file) => file.endsWith(".md"))
  const found: Block[] = []
  for (const file of ["README.md", ...guide.map((one) => `docs/${one}`)]) {
    const text = await readFile(new URL(file, root), "utf8")
    for (const { 1: language = "", 2: code = "", index } of text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)) {
      const name = file.replace(/^docs\//, "").replace(".md", "")
      found.push({ name: `${name}-L${text.slice(0, index).split("\n").length}`, language, code })
    }
  }
  return found
}

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
