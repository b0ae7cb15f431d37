import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { run } from "./process.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** A project of an author of functions, as strict as TypeScript has it. */
export interface StrictProject {
  /** What the compiler says of code: nothing where there is nothing to say. */
  check(source: string): Promise<string>
  remove(): Promise<void>
}

/** Opens one. `paths`: the files of this repository that modules of the package are; `files`: what else lies in it, by name. */
export async function openStrictProject(
  paths: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Promise<StrictProject> {
  const folder = await mkdtemp(join(tmpdir(), "inlay-strict-"))
  const compilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: "es2023",
    lib: ["es2023", "dom", "esnext.disposable"],
    module: "esnext",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    paths: Object.fromEntries(Object.entries(paths).map(([name, file]) => [name, [join(root, file)]])),
  }
  const all = { ...files, "tsconfig.json": JSON.stringify({ compilerOptions, include: [folder] }) }
  for (const [name, text] of Object.entries(all)) await writeFile(join(folder, name), text)
  return {
    async check(source) {
      await writeFile(join(folder, "index.ts"), source)
      const tsc = join(root, "node_modules/typescript/bin/tsc")
      return run(process.execPath, [tsc, "-p", folder], { cwd: root }).then(() => "", String)
    },
    remove: () => rm(folder, { recursive: true }),
  }
}
