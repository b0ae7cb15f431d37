import { access, readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { parseSync } from "oxc-parser"
import { expect, test } from "vitest"
import { readManifest, root } from "./manifest.ts"
import { run } from "./process.ts"

/** Every public name. A change here is a change for hosts and authors: it belongs into the CHANGELOG. */
const values: Readonly<Record<string, readonly string[]>> = {
  ".": ["FunctionsError", "createFunctions", "definePipeline"],
  "./sdk": [],
  "./functions": [],
  "./testing": [],
  "./storage/sqlite": ["sqlite"],
  "./storage/postgres": ["postgres"],
  "./express": ["expressMount"],
  "./hono": ["honoMount"],
  "./node": ["nodeMount"],
}

const types: Readonly<Record<string, readonly string[]>> = {
  ".": [],
  "./sdk": [],
  "./functions": [],
  "./testing": [],
  "./storage/sqlite": [],
  "./storage/postgres": [],
  "./express": [],
  "./hono": [],
  "./node": [],
}

test("The exports map names files that the build made", async () => {
  const { exports } = await readManifest()
  for (const target of Object.values(exports)) {
    const files = typeof target === "string" ? [target] : [target.types, target.default]
    for (const file of files) await expect(access(new URL(file, root)), file).resolves.toBeUndefined()
  }
})

test("Every entry point exports the values of the list and no others", async () => {
  const { name, exports } = await readManifest()
  const paths = Object.keys(exports).filter((path) => !path.endsWith(".json"))
  const program = `const found = {}
    for (const path of ${JSON.stringify(paths)}) found[path] = Object.keys(await import(path.replace(".", ${JSON.stringify(name)}))).sort()
    console.log(JSON.stringify(found))`
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: fileURLToPath(root),
  })
  expect(JSON.parse(stdout)).toEqual(values)
})

test("Every entry point exports the types of the list and no others", async () => {
  const { exports } = await readManifest()
  const found: Record<string, readonly string[]> = {}
  for (const [path, target] of Object.entries(exports)) {
    if (typeof target === "string") continue
    const file = fileURLToPath(new URL(target.types, root))
    const { module } = parseSync(file, await readFile(file, "utf8"))
    found[path] = module.staticExports
      .flatMap((one) => one.entries)
      .map((entry) => entry.exportName.name)
      .filter((name): name is string => name !== null && !values[path]?.includes(name))
      .sort()
  }
  expect(found).toEqual(types)
})
