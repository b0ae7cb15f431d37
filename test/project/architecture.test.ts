import { readdir, readFile } from "node:fs/promises"
import { describe, expect, test } from "vitest"
import { findBreaches, readImports, type Tree } from "./architecture.ts"
import { readManifest, root } from "./manifest.ts"

const none = { dependencies: [], bundled: ["lent"], entryPoints: [] }

describe("the project", () => {
  test("keeps its floors, has no cycles and declares what it imports", async () => {
    const manifest = await readManifest()
    const dependencies = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.optionalDependencies ?? {}),
      ...Object.entries(manifest.peerDependenciesMeta ?? {}).flatMap(([name, { optional }]) =>
        optional ? [name] : [],
      ),
    ]
    const entryPoints = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [] : [target.types.replace(/^\.\/dist\/types\//, "").replace(/\.d\.ts$/, ".ts")],
    )
    const bundled = Object.keys(manifest.devDependencies)
    const tree = await readTree()
    expect(Object.keys(tree).length).toBeGreaterThan(10)
    expect(findBreaches(tree, { dependencies, bundled, entryPoints })).toEqual([])
  })

  test("declares every optional peer in both places", async () => {
    const manifest = await readManifest()
    expect(Object.keys(manifest.peerDependenciesMeta ?? {}).sort()).toEqual(
      Object.keys(manifest.peerDependencies ?? {}).sort(),
    )
    expect(Object.values(manifest.peerDependenciesMeta ?? {}).every((peer) => peer.optional)).toBe(true)
  })
})

describe("the rules", () => {
  const cases: readonly (readonly [name: string, tree: Tree, breach: RegExp])[] = [
    [
      "an import of a floor above",
      { "src/util/id.ts": 'import type { A } from "../model/a.ts"', "src/model/a.ts": "export type A = 1" },
      /floor 0.*floor 2/,
    ],
    [
      "an import of a sibling",
      { "src/registry/a.ts": 'import { b } from "../sandbox/b.ts"', "src/sandbox/b.ts": "export const b = 1" },
      /sibling/,
    ],
    [
      "a dynamic import of a sibling",
      { "src/registry/a.ts": 'const b = await import("../metrics/b.ts")', "src/metrics/b.ts": "export const b = 1" },
      /sibling/,
    ],
    [
      "a type written as an import of a sibling",
      { "src/registry/a.ts": 'export type A = import("../alerts/b.ts").B', "src/alerts/b.ts": "export type B = 1" },
      /sibling/,
    ],
    [
      "a re-export from above",
      {
        "src/ports/a.ts": 'export type { B } from "../http/b.ts"\nexport const c = 1',
        "src/http/b.ts": "export type B = 1",
      },
      /floor 3.*floor 6/,
    ],
    [
      "a cycle of values",
      {
        "src/util/a.ts": 'import { b } from "./b.ts"\nexport const a = () => b',
        "src/util/b.ts": 'import { a } from "./a.ts"\nexport const b = () => a',
      },
      /src\/util\/a\.ts → src\/util\/b\.ts → src\/util\/a\.ts is a cycle/,
    ],
    [
      "a cycle of types",
      {
        "src/util/a.ts": 'import type { B } from "./b.ts"\nexport type A = B',
        "src/util/b.ts": 'import type { C } from "./c.ts"\nexport type B = C',
        "src/util/c.ts": 'import type { A } from "./a.ts"\nexport type C = A',
      },
      /cycle/,
    ],
    [
      "an inner barrel",
      { "src/util/index.ts": 'export { a } from "./a.ts"', "src/util/a.ts": "export const a = 1" },
      /re-exports/,
    ],
    ["a file of 301 lines", { "src/util/a.ts": "const a = 1\n".repeat(301) }, /301 lines/],
    ["an undeclared package", { "src/util/a.ts": 'import { z } from "@left/pad/inner"' }, /imports @left\/pad,/],
    ["a package for development alone", { "src/util/a.ts": 'import "lent"' }, /imports lent,/],
    ["an undeclared package for types alone", { "src/util/a.ts": 'import type { Z } from "left"' }, /imports left,/],
    [
      "a folder on no floor",
      { "src/utils/a.ts": 'import "../util/b.ts"', "src/util/b.ts": "export {}" },
      /on no floor/,
    ],
    ["an import of nothing", { "src/util/a.ts": 'import "./gone.ts"' }, /no source file/],
    ["an import of the door", { "src/http/a.ts": 'import "../index.ts"', "src/index.ts": "const a = 1" }, /door/],
    [
      "an adapter loaded by a floor",
      { "src/http/a.ts": 'import "../../adapters/storage/b.ts"', "adapters/storage/b.ts": "export {}" },
      /beside/,
    ],
    [
      "an adapter that knows the service",
      {
        "adapters/storage/a.ts": 'import type { S } from "../../src/service/s.ts"',
        "src/service/s.ts": "export type S = 1",
      },
      /adapters know only/,
    ],
    [
      "a mount that calls the service's code",
      { "adapters/mount/a.ts": 'import { s } from "../../src/service/s.ts"', "src/service/s.ts": "export const s = 1" },
      /adapters know only/,
    ],
    [
      "an adapter that knows another port's",
      { "adapters/storage/a.ts": 'import "../queue/b.ts"', "adapters/queue/b.ts": "export {}" },
      /another port/,
    ],
  ]
  test.each(cases)("find %s", (_name, tree, breach) => {
    const breaches = findBreaches(tree, none)
    expect(breaches).toHaveLength(1)
    expect(breaches[0]).toMatch(breach)
  })

  test("let a file import its own folder, floors below, the declared and what the defaults need", () => {
    const tree = {
      "src/index.ts": 'export { create } from "./service/create.ts"',
      "src/service/create.ts": 'import { defaults } from "./defaults.ts"\nexport const create = defaults',
      "src/service/defaults.ts":
        'import { z } from "zod"\nimport { d } from "../../adapters/storage/d.ts"\nimport "../http/app.ts"\nexport const defaults = [d, z]',
      "src/http/app.ts": 'import { p } from "../ports/p.ts"\nimport "node:fs"\nexport const app = p',
      "src/ports/p.ts": "export const p = 1",
      "adapters/storage/d.ts": 'import { e } from "./sql/e.ts"\nexport const d = e',
      "adapters/storage/sql/e.ts": 'import { p } from "../../../src/ports/p.ts"\nexport const e = p',
      "adapters/mount/m.ts": 'import type { S } from "../../src/service/s.ts"\nexport type M = S',
      "src/service/s.ts": "export type S = 1",
      "src/sandbox/guest/features/f.ts": 'import { url } from "lent/url"\nexport const f = url',
    }
    expect(findBreaches(tree, { dependencies: ["zod"], bundled: ["lent"], entryPoints: ["src/index.ts"] })).toEqual([])
  })

  test("are not taken in by comments and texts", () => {
    const source = `// import "../a.ts"\n/* import "../b.ts" */\nconst c = 'import "../c.ts"'\nconst d = \`import "../d.ts"\``
    expect(readImports("src/util/a.ts", source)).toEqual([])
  })
})

async function readTree(): Promise<Tree> {
  const tree: Record<string, string> = {}
  for (const top of ["src", "adapters"]) {
    for (const entry of await readdir(new URL(`${top}/`, root), { recursive: true })) {
      const path = `${top}/${entry.replaceAll("\\", "/")}`
      if (path.endsWith(".ts")) tree[path] = await readFile(new URL(path, root), "utf8")
    }
  }
  return tree
}
