import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { FunctionsError } from "../../src/errors/functions-error.ts"
import { createBundler } from "../../src/registry/bundler.ts"
import type { BundleResult } from "../../src/registry/bundler-session.ts"
import { readUpload } from "../../src/registry/upload.ts"

type Sources = Readonly<Record<string, string | Uint8Array>>

const bundler = createBundler()
const modules = {
  "inlay/sdk": "export const sdk: string = 'sdk'",
  "inlay/functions": "export { sdk } from 'inlay/sdk'",
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inlay-host-"))
  await writeFile(join(folder, "secret.json"), '{"secret":"HOST-SECRET"}')
  await writeFile(join(folder, "secret.js"), "export default 'HOST-SECRET'")
  await writeFile(join(folder, "tsconfig.json"), '{"compilerOptions":{"jsxImportSource":"HOST-SECRET"}}')
})
afterAll(async () => {
  bundler.close()
  await rm(folder, { recursive: true })
})

async function bundle(files: Sources, handler?: string): Promise<BundleResult> {
  return bundler.bundle(await readUpload({ files }), { handler, modules })
}

/** Runs a bundle as a module; it is this test's own code. */
async function load(files: Sources): Promise<Record<string, unknown>> {
  const { code } = await bundle(files)
  return import(`data:text/javascript,${encodeURIComponent(code)}`)
}

async function refusal(files: Sources): Promise<FunctionsError> {
  const error = await bundle(files).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name: "FunctionsError", code: "FN_005" })
  expect(told(error)).not.toContain("HOST-SECRET")
  return error as FunctionsError
}

/** All that a caller could learn from an error. */
function told(error: unknown): string {
  const { message, issues, stack, cause } = error as FunctionsError
  return JSON.stringify([message, issues, cause, stack?.split("\n    at ")[0]])
}

/** How a file of the upload would reach a path of the host, if it could. */
function upTo(path: string): string {
  return `${"../".repeat(30)}${relative("/", path)}`
}

describe("a bundle", () => {
  test("is one module that keeps the entry's exports", async () => {
    const { code, entry, warnings } = await bundle({
      "index.ts": "export const a: number = 1; export function b() {}; export default class C {}",
    })
    expect(entry).toEqual({ path: "index.ts", exportName: "default" })
    expect(warnings).toEqual([])
    expect(code).toMatch(/export \{[^}]*\ba,[^}]*\bb,[^}]*as default[^}]*\};?\s*$/)
  })

  test("holds everything that is imported from the upload and the given modules", async () => {
    const module = await load({
      "src/index.tsx": `
        import { double } from "./lib/math.js"
        import data from "../data.json"
        import text from "./note.txt"
        import bytes from "./raw.bin"
        import typed from "./lib"
        import { sdk } from "inlay/functions"
        import type { Missing } from "nowhere"
        export const value = [double(2), data.n, text, [...bytes], typed, sdk, require("./old.cjs").old]
        export const later = async () => (await import("./later.mjs")).default
        export const top = await Promise.resolve("awaited")`,
      "src/lib/math.ts": "export const double = (n: number): number => n * 2",
      "src/lib/index.mts": "export default 'typed'",
      "src/old.cjs": "exports.old = process.env.NODE_ENV",
      "src/later.mjs": "export default 'later'",
      "src/note.txt": "hällo",
      "src/raw.bin": new Uint8Array([0, 255]),
      "data.json": '{"n":3}',
    })
    expect(module.value).toEqual([4, 3, "hällo", [0, 255], "typed", "sdk", "production"])
    expect(await (module.later as () => Promise<string>)()).toBe("later")
    expect(module.top).toBe("awaited")
  })

  test("takes packages from the upload's node_modules by exports, imports, module, main and browser", async () => {
    const module = await load({
      "package.json": '{"name":"own","imports":{"#lib/*":"./lib/*.ts"},"exports":{"./self":"./lib/a.ts"}}',
      "index.ts": `
        import exports from "pkg"
        import sub from "pkg/sub"
        import pattern from "@scope/pkg/features/x"
        import mod from "mod"
        import main from "main"
        import events from "events"
        import a from "#lib/a"
        import self from "own/self"
        import nested from "outer"
        export const value = [exports, sub, pattern, mod, main, events, a, self, nested, require("pkg")]`,
      "lib/a.ts": "export default 'a'",
      "node_modules/pkg/package.json":
        '{"exports":{".":{"types":"./t.d.ts","node":"./no.js","import":"./esm.mjs","require":"./cjs.cjs"},"./sub":"./s.js"}}',
      "node_modules/pkg/esm.mjs": "export default 'esm'",
      "node_modules/pkg/cjs.cjs": "module.exports = 'cjs'",
      "node_modules/pkg/s.js": "export default 'sub'",
      "node_modules/@scope/pkg/package.json": '{"exports":{"./features/*":"./f/*.js"}}',
      "node_modules/@scope/pkg/f/x.js": "export default 'pattern'",
      "node_modules/mod/package.json": '{"main":"main.js","module":"module.js"}',
      "node_modules/mod/main.js": "module.exports = 'no'",
      "node_modules/mod/module.js": "export default 'module'",
      "node_modules/main/package.json": '{"main":"lib","browser":{"fs":false,"./lib/node.js":"./lib/web.js"}}',
      "node_modules/main/lib/index.js": "require('fs'); module.exports = require('./node')",
      "node_modules/main/lib/node.js": "module.exports = 'node'",
      "node_modules/main/lib/web.js": "module.exports = 'web'",
      "node_modules/events/index.js": "module.exports = 'events of the upload'",
      "node_modules/outer/index.js": "module.exports = require('inner')",
      "node_modules/outer/node_modules/inner/index.js": "module.exports = 'inner'",
    })
    const values = ["esm", "sub", "pattern", "module", "web", "events of the upload", "a", "a", "inner", "cjs"]
    expect(module.value).toEqual(values)
  })

  test("leaves what a package may do without to the package", async () => {
    const files = {
      "index.js": 'import value from "pkg"; export { value }',
      "node_modules/pkg/index.js":
        "const got = []; for (const name of ['a', 'b']) try { require(name) } catch { got.push(name) }\n" +
        "try { require('optional') } catch (error) { got.push(error.code) }; try { require('fs') } catch { got.push('fs') }\n" +
        "module.exports = got",
    }
    expect((await load(files)).value).toEqual(["a", "b", "MODULE_NOT_FOUND", "fs"])
    expect((await bundle(files)).warnings).toEqual([])
  })

  test("drops what nobody uses of a package without side effects", async () => {
    const { code } = await bundle({
      "index.js": 'import { a } from "pkg"; export default a',
      "node_modules/pkg/package.json": '{"sideEffects":false,"module":"index.js"}',
      "node_modules/pkg/index.js": "export { a } from './a'; export { b } from './b'",
      "node_modules/pkg/a.js": "export const a = 1",
      "node_modules/pkg/b.js": "console.log('UNUSED'); export const b = 2",
    })
    expect(code).not.toContain("UNUSED")
  })

  test("has a source map of the upload's own paths and texts", async () => {
    const files = {
      "src/index.ts": 'import "./größe 100%.ts"\nimport { sdk } from "inlay/sdk"\nconsole.log(sdk)',
      "src/größe 100%.ts": "console.log(1 as number)",
    }
    const map = JSON.parse((await bundle(files)).sourceMap)
    expect(map.version).toBe(3)
    expect(map.sources).toEqual(["src/größe 100%.ts", "inlay/sdk", "src/index.ts"])
    expect(map.sourcesContent).toEqual([files["src/größe 100%.ts"], null, files["src/index.ts"]])
  })

  test("warns with file, line and column", async () => {
    const { warnings } = await bundle({ "index.ts": "export default (y: unknown) =>\n  typeof y === 'strin'" })
    expect(warnings).toEqual([expect.stringMatching(/^index\.ts:2:\d+: .*\n {2}1 \| .*\n> 2 \| .*\n +\| +\^$/)])
  })

  test("warns of a name that a module does not export, and tells which was meant", async () => {
    const { warnings } = await bundle({
      "index.ts": 'import * as lib from "./lib.ts"\nexport default () => lib.vaild()',
      "lib.ts": "export const valid = () => 1",
    })
    expect(warnings).toEqual([
      expect.stringMatching(/^index\.ts:2:26: Import "vaild" .*"lib\.ts" \(did you mean "valid"\?\)\n/),
    ])
  })

  test("is the same for the same upload", async () => {
    const files = { "index.ts": 'import "./b"; import "./a"; export default 1', "a.ts": "f()", "b.ts": "g()" }
    expect(await bundle(files)).toEqual(await bundle(files))
  })
})

describe("a refused bundle", () => {
  test("of a syntax error tells file, line, column and the line itself", async () => {
    const error = await refusal({ "index.ts": 'import "./lib/ü.ts"', "lib/ü.ts": "const ok = 1\nconst größe a = 2\n" })
    expect(error.message).toContain('"lib/ü.ts": 2:13: Expected ";" but found "a"')
    expect(error.issues).toEqual([
      {
        path: "lib/ü.ts",
        line: 2,
        column: 13,
        message: 'Expected ";" but found "a"',
        frame: ["lib/ü.ts:2:13", "  1 | const ok = 1", "> 2 | const größe a = 2", "    |             ^", "  3 |"].join(
          "\n",
        ),
      },
    ])
  })

  test("shows no more than a part of a very long line", async () => {
    const error = await refusal({ "index.js": `${"a();".repeat(50_000)}const b c${";d()".repeat(50_000)}` })
    expect(error.issues?.[0]?.frame?.length).toBeLessThan(400)
    expect(error.issues?.[0]?.frame).toContain("const b c")
    expect(error.issues?.[0]?.column).toBe(200_009)
  })

  test.each([
    ["node:fs", "Node.js module"],
    ["fs", "Node.js module"],
    ["fs/promises", "Node.js module"],
    ["lodash", "add the package"],
    ["./missing", "not in the upload"],
    ["#missing", "imports of the package.json"],
    ["../outside", "outside of the upload"],
    ["..", "outside of the upload"],
    ["./a/../../../outside", "outside of the upload"],
    ["..\\\\outside", "outside of the upload"],
    ["/etc/hostname", "absolute path"],
    ["//host/share", "absolute path"],
    ["C:\\\\windows", "absolute path"],
    ["file:///etc/hostname", "is a URL"],
    ["https://example.com/x.js", "is a URL"],
    ["data:text/javascript,export default 1", "is a URL"],
    ["npm:lodash", "is a URL"],
    ["inlay", "add the package"],
  ])("of an import of %j tells where it stands and why", async (specifier, reason) => {
    const imports = [`import "${specifier}"`, `export * from '${specifier}'`]
    const statements = [...imports, `import("${specifier}")`, `require("${specifier}")`]
    const { issues } = await refusal({ "src.ts": "", "main.ts": statements.join("\n") })
    // esbuild tells of the same import in the same form once.
    const place = (line: number) => ({ path: "main.ts", line, message: expect.stringContaining(reason) })
    expect([...(issues ?? [])].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))).toMatchObject([1, 3, 4].map(place))
    expect(issues?.every(({ column = 0 }) => column > 1)).toBe(true)
  })

  test.each([
    ["./lib/mth", "./lib/math"],
    ["./lib/Math.ts", "./lib/math.ts"],
    ["./math", "./lib/math"],
    ["./lib/util", "./lib/utils"],
    ["../math", "./lib/math"],
    ["/lib/math", "./lib/math"],
    ["lib/math", "./lib/math"],
    ["./lib/math.js.map", undefined],
    ["./lib/helpers", undefined],
    ["lodahs", "lodash"],
    ["lodahs/fp", "lodash/fp"],
    ["@scope/pgk", "@scope/pkg"],
    ["inlay/skd", "inlay/sdk"],
    ["fs", undefined],
  ])("of an import of %j tells that %j may have been meant", async (specifier, suggestion) => {
    const { issues, message } = await refusal({
      "index.ts": `import ${JSON.stringify(specifier)}`,
      "lib/math.ts": "",
      "lib/utils/index.ts": "",
      "node_modules/lodash/index.js": "",
      "node_modules/@scope/pkg/index.js": "",
    })
    expect(issues).toHaveLength(1)
    expect(issues?.[0]?.suggestion).toBe(suggestion)
    expect(/did you mean "([^"]+)"/.exec(message)?.[1]).toBe(suggestion)
  })

  test("of a name that a module does not export tells which was meant, or which there are", async () => {
    const error = await refusal({
      "index.ts": [
        'import { handlr, nothing } from "./lib/all.ts"',
        'import { skd } from "inlay/functions"',
        'import absent, { b0 } from "./lib/b.ts"',
        'import { a } from "./lib/empty.ts"',
        "console.log(handlr, nothing, skd, absent, b0, a)",
      ].join("\n"),
      "lib/all.ts": 'export * from "./b.ts"; export const handler = 1; export default 1',
      "lib/b.ts": "export const b1 = 1, far = 2",
      // A name that is any text is not repeated.
      "lib/empty.ts": 'const x = 1; export { x as "\\u001b[31m" }',
    })
    const told = Object.fromEntries((error.issues ?? []).map((issue) => [issue.message, issue.suggestion]))
    expect(told).toEqual({
      'No matching export in "lib/all.ts" for import "handlr" (did you mean "handler"?)': "handler",
      'No matching export in "lib/all.ts" for import "nothing"; it exports b1, default, far, handler': undefined,
      'No matching export in "inlay/functions" for import "skd" (did you mean "sdk"?)': "sdk",
      'No matching export in "lib/b.ts" for import "default"; it exports b1, far': undefined,
      'No matching export in "lib/b.ts" for import "b0"; it exports b1, far': undefined,
      'No matching export in "lib/empty.ts" for import "a"; it exports nothing': undefined,
    })
    expect(error.issues?.[0]).toMatchObject({ path: "index.ts", line: 1, column: 10 })
    expect(error.issues?.[0]?.frame).toContain("> 1 | import { handlr, nothing }")
  })

  test("comes of a host's file that exists and of one that does not alike", async () => {
    const paths = [join(folder, "secret.js"), join(folder, "missing.js")]
    const specifiers = paths.flatMap((path) => [path, upTo(path), `file://${path}`])
    const { issues } = await refusal({ "index.ts": specifiers.map((specifier) => `import "${specifier}"`).join("\n") })
    const reasons = issues?.map(({ message }) => message.replace(/"[^"]*"/g, "").replace(/^\d+/m, ""))
    expect(reasons?.slice(0, 3)).toEqual(reasons?.slice(3))
    expect(reasons?.length).toBe(6)
  })

  test.each([
    ["exports", { exports: "./../../../../../../etc/hostname" }],
    ["exports by its whole path", { exports: "/etc/hostname" }],
    ["exports with a condition", { exports: { ".": { import: "file:///etc/hostname" } } }],
    ["main", { main: "../../../../../../etc/hostname" }],
    ["main by its whole path", { main: "/etc/hostname" }],
    ["module", { module: "../../../../etc/hostname" }],
    ["browser", { browser: { "./index.js": "../../../../etc/hostname" }, main: "index.js" }],
    ["imports of itself", { exports: "#x", imports: { "#x": "/etc/hostname" } }],
  ])("comes of a package whose %s leads outside", async (_, json) => {
    const error = await refusal({
      "index.ts": 'import "evil"',
      "node_modules/evil/package.json": JSON.stringify(json),
    })
    expect(error.issues).toMatchObject([{ path: "index.ts", line: 1 }])
    expect(told(error)).not.toContain("/upload")
  })

  test("comes of an import that only tsconfig.json could resolve", async () => {
    for (const options of [{ paths: { secret: [`${folder}/secret.js`] } }, { baseUrl: folder }]) {
      const tsconfig = JSON.stringify({ extends: `${folder}/tsconfig.json`, compilerOptions: options })
      const error = await refusal({ "index.ts": 'import x from "secret"; export default x', "tsconfig.json": tsconfig })
      expect(error.issues).toMatchObject([{ path: "index.ts", message: expect.stringContaining("add the package") }])
    }
  })
})

describe("a host's file never reaches a bundle", () => {
  const comment = (map: object) =>
    `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`

  test("through a source map that names it", async () => {
    const path = join(folder, "secret.js")
    const map = { version: 3, sources: [path, `file://${path}`], names: [], mappings: "AAAA;ACAA" }
    const comments = [
      comment(map),
      comment({ version: 3, sections: [{ offset: { line: 0, column: 0 }, map }] }),
      comment(map).replace("//#", "//@"),
      `${comment(map)}\n/* after */`,
      `/*${comment(map).slice(2)} */`,
      `//# sourceMappingURL=file://${path}.map`,
      `//# sourceMappingURL=${upTo(path)}`,
    ]
    const files: Record<string, string> = {}
    comments.forEach((last, index) => {
      for (const extension of ["ts", "js"]) files[`a${index}.${extension}`] = `export default 1\nf(2)\n${last}`
    })
    const imports = Object.keys(files).map((name) => `import "./${name}"`)
    const { code, sourceMap } = await bundle({ ...files, "index.ts": imports.join("\n") })
    expect(code + sourceMap).not.toContain("HOST-SECRET")
    const { sources, sourcesContent } = JSON.parse(sourceMap)
    expect(sources).toEqual(Object.keys(files))
    expect(sourcesContent).toEqual(Object.values(files))
  })

  test("and text that only looks like a source map's comment stays", async () => {
    const text = "//# sourceMappingURL=x.map"
    expect((await load({ "index.js": `export const text = ${JSON.stringify(text)}` })).text).toBe(text)
  })

  test("through a style sheet", async () => {
    const css = `a{}\n/*# sourceMappingURL=file://${folder}/secret.json */ @import "${folder}/secret.js";`
    expect((await load({ "index.js": 'import css from "./a.css"; export { css }', "a.css": css })).css).toBe(css)
  })

  test("through an import of a computed path", async () => {
    const up = `${upTo(folder)}/`
    const calls = [
      `import("${up}" + name)`,
      `import(\`${up}\${name}.json\`)`,
      `require("${up}" + name)`,
      `require(\`${up}\${name}.json\`)`,
      `r\\u0065quire("${up}" + name)`,
      `import /* x */ ("${up}" + name)`,
      `import${" ".repeat(300)}("${up}" + name)`,
      `import((("${up}") + name))`,
      `import("\\x2e\\x2e/${up}" + name)`,
      `import(E.up + name)`,
      `import(name ? "${up}" + name : \`${up}\${name}.js\`)`,
      `["import('", import("${up}" + name), "')"]`,
      `import(\`./\${name}/\${import("${up}" + name)}\`)`,
      `import("${up}" + name, { with: { type: "json" } })`,
    ]
    const files: Record<string, string> = {}
    calls.forEach((call, index) => {
      files[`a${index}.ts`] = `enum E { up = ${JSON.stringify(up)} }\nglobalThis.f = (name: string) => ${call}`
    })
    const imports = Object.keys(files).map((name) => `import "./${name}"`)
    const { code, sourceMap } = await bundle({ ...files, "index.ts": imports.join("\n") })
    expect(code).not.toMatch(/secret|__glob|\brequire\(/)
    // The one that is left is text.
    expect(code.match(/\bimport\s*\(/g)).toEqual(["import("])
    expect(code.match(/\$(?:imp|req)\d+\(/g)?.length).toBeGreaterThan(calls.length)
    expect(JSON.parse(sourceMap).sources).toEqual(Object.keys(files))
  })
})
