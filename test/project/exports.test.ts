import { access, readFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseSync } from "oxc-parser"
import { expect, test } from "vitest"
import { readManifest, root } from "./manifest.ts"
import { run } from "./process.ts"
import { publicNames } from "./public-names.ts"

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
    for (const path of ${JSON.stringify(paths)}) found[path] = Object.keys(await import(path.replace(".", "${name}")))
    console.log(JSON.stringify(found))`
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: fileURLToPath(root),
  })
  expect(sorted(JSON.parse(stdout))).toEqual(sorted(listed("values")))
})

test("Every entry point exports the types of the list and no others", async () => {
  const { exports } = await readManifest()
  const found: Record<string, readonly string[]> = {}
  for (const [path, target] of Object.entries(exports)) {
    if (typeof target === "string") continue
    const file = fileURLToPath(new URL(target.types, root))
    found[path] = (await readTypes(file)).filter((name) => !publicNames[path]?.values.includes(name))
  }
  expect(sorted(found)).toEqual(sorted(listed("types")))
})

/** The names that a file of declarations exports; of modules that it exports whole, those of their types. */
async function readTypes(file: string): Promise<readonly string[]> {
  const { module, program } = parseSync(file, await readFile(file, "utf8"))
  const own = module.staticExports.flatMap((one) => one.entries).map((entry) => entry.exportName.name)
  const whole = program.body.filter((one) => one.type === "ExportAllDeclaration")
  const parts = await Promise.all(
    whole.map(async ({ source }) => {
      const target = join(dirname(file), source.value.replace(/\.js$/, ".d.ts"))
      const { program: other } = parseSync(target, await readFile(target, "utf8"))
      return other.body.flatMap((one) => {
        const declaration = one.type === "ExportNamedDeclaration" ? one.declaration : null
        const isType = declaration?.type === "TSInterfaceDeclaration" || declaration?.type === "TSTypeAliasDeclaration"
        return isType ? [declaration.id.name] : []
      })
    }),
  )
  return [...own.filter((name) => name !== null), ...parts.flat()]
}

function listed(kind: "values" | "types"): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(publicNames).map(([path, names]) => [path, names[kind]]))
}

/** The order of names means nothing. */
function sorted(names: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(names).map(([path, list]) => [path, [...list].sort()]))
}
