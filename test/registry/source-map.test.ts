import variant from "@jitl/quickjs-ng-wasmfile-release-sync"
import fc from "fast-check"
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createBundler } from "../../src/registry/bundler.ts"
import type { CodeBundle } from "../../src/registry/bundler-session.ts"
import { openBundleMap } from "../../src/registry/source-map.ts"
import { readUpload } from "../../src/registry/upload.ts"

const files = {
  "src/index.ts": `import { check } from "./lib/check.ts"
import { old } from "./old.cjs"
const länger = "ü"
export const fails = (event: { readonly n: number }): number => {
  const words = ["größer 😀 als", länger]; return check(event.n, words)
}
export const nested = () => [1].map((n) => old(n))
export const evaluated = () => eval("missing()")
export default fails
`,
  "src/lib/check.ts": `// A comment that the bundle does not keep.
export function check(n: number, words: readonly string[]): number {
  throw new RangeError(words.join() + n)
}
`,
  "src/old.cjs": "// A comment\nexports.old = function old() {\n  throw new Error()\n}\n",
}

let bundle: CodeBundle
const bundler = createBundler()
beforeAll(async () => {
  bundle = await bundler.bundle(await readUpload({ files }), { modules: {} })
})
afterAll(() => bundler.close())

/** The stack that the engine gives where an export of the bundle throws. */
async function stackOf(call: string): Promise<string> {
  const context = (await newQuickJSWASMModuleFromVariant(variant as never)).newContext()
  try {
    context.unwrapResult(context.evalCode(bundle.code, "bundle.js", { type: "module" })).consume((module) => {
      context.setProp(context.global, "bundle", module)
    })
    const caught = `try { bundle.${call}; "" } catch (error) { error.stack }`
    return context.unwrapResult(context.evalCode(caught, "inlay:guest")).consume((stack) => context.getString(stack))
  } finally {
    context.dispose()
  }
}

const open = () => openBundleMap(bundle.sourceMap, "key", bundle.code)
const thrown = { name: "Error", message: "" }
const map = (stack: string) => open().mapStack({ ...thrown, stack }).stack

describe("a stack of a bundle", () => {
  test("becomes one of the files that it was made from", async () => {
    const stack = await stackOf("fails({ n: 1 })")
    expect(stack).toContain("inlay:guest")
    expect(map(stack)).toMatch(/^ {4}at check \(src\/lib\/check\.ts:3:\d+\)\n {4}at fails \(src\/index\.ts:5:\d+\)$/)
  })

  test("counts columns in bytes, as the engine does, where the code is given", () => {
    const code = bundle.code.split("\n")
    const line = code.findIndex((text) => text.includes("größer"))
    const bytes = Buffer.from(code[line]?.slice(0, code[line].indexOf("länger")) ?? "").length
    const stack = `    at f (bundle.js:${line + 1}:${bytes + 1})`
    const column = Number(/index\.ts:5:(\d+)/.exec(map(stack))?.[1])
    expect(files["src/index.ts"].split("\n")[4]?.slice(column - 1)).toMatch(/^länger/)
  })

  test("has no frames of the engine, of evaluated text and of wrappers", async () => {
    expect(map(await stackOf("nested()")).split("\n")).toEqual([
      expect.stringMatching(/^ {4}at old2? \(src\/old\.cjs:3:\d+\)$/),
      expect.stringMatching(/^ {4}at <anonymous> \(src\/index\.ts:7:\d+\)$/),
      expect.stringMatching(/^ {4}at nested \(src\/index\.ts:7:\d+\)$/),
    ])
    expect(map(await stackOf("evaluated()"))).toMatch(/^ {4}at evaluated \(src\/index\.ts:8:\d+\)$/)
  })

  test("keeps nothing of what a guest made up", () => {
    const lines = [
      "Error: secret (bundle.js:1:1",
      "    at f (/etc/passwd:1:1)",
      "    at f (file:///host/bundle.js:1:1)",
      "    at f (bundle.js:999999:1)",
      "    at f (bundle.js:0:0)",
      "    at f (bundle.js:99999999999999999999:1)",
      "    at f (bundle.js:-1:1)",
      "    at f (native)",
      `    at ${"f".repeat(5000)} (bundle.js:2:1)`,
      "\u001b[31mred\u001b[0m",
    ]
    expect(map(lines.join("\n"))).toBe("")
    expect(map("")).toBe("")
  })

  test("has no more than 64 frames, and nothing in names that a terminal would act upon", () => {
    const line = bundle.code.split("\n").findIndex((text) => text.includes("throw new RangeError")) + 1
    const frame = (name: string) => `    at ${name} (bundle.js:${line}:3)`
    expect(map(Array.from({ length: 5000 }, () => frame("f")).join("\n")).split("\n")).toHaveLength(64)
    expect(map(frame("a\u001b[31m\u202eb"))).toBe("    at a\ufffd[31m\ufffdb (src/lib/check.ts:3:3)")
    expect(map(frame("upload:src/old.cjs"))).toBe("    at <module> (src/lib/check.ts:3:3)")
    expect(map(`    at bundle.js:${line}:3`)).toBe("    at <module> (src/lib/check.ts:3:3)")
  })

  test("keeps what causes say, each in a line that no terminal would act upon", () => {
    const line = bundle.code.split("\n").findIndex((text) => text.includes("throw new RangeError")) + 1
    const stack = `    at f (bundle.js:${line}:3)\nCaused by: Error: a\u001b[31m\nmore\nCaused by: ${"b".repeat(5000)}`
    const [frame, first, second, ...others] = map(stack).split("\n")
    expect([frame, first]).toEqual(["    at f (src/lib/check.ts:3:3)", "Caused by: Error: a\ufffd[31m"])
    expect(second).toMatch(/^Caused by: b{500,1000}$/)
    expect(others).toEqual([])
  })

  test("of any text gives frames of the upload or nothing", () => {
    const piece = fc.oneof(fc.constantFrom("    at ", "bundle.js", "(", ")", ":", "1", "12", "\n", " "), fc.string())
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const mapped = map(pieces.join(""))
        if (mapped !== "") expect(mapped).toMatch(/^(?: {4}at .+ \(src\/[\w./]+:\d+:\d+\)(?:\n|$))+$/u)
      }),
    )
  })

  test("is mapped by the map of its own key", async () => {
    const other = await bundler.bundle(
      await readUpload({ source: "\n\n\nexport default () => { throw new Error() }" }),
      { modules: {} },
    )
    const line = other.code.split("\n").findIndex((text) => text.includes("throw")) + 1
    const stack = `    at f (bundle.js:${line}:3)`
    for (const [key, code] of [["other"], ["another", other.code]] as const) {
      expect(openBundleMap(other.sourceMap, key, code).mapStack({ ...thrown, stack }).stack).toMatch(
        /\(index\.ts:4:\d+\)$/,
      )
    }
  })
})

describe("the frame of an error", () => {
  test("shows the line where it was thrown, those around it, and a caret", async () => {
    const { frame } = open().mapStack({ ...thrown, stack: await stackOf("fails({ n: 1 })") })
    expect(frame).toBe(
      [
        "src/lib/check.ts:3:39",
        "  1 | // A comment that the bundle does not keep.",
        "  2 | export function check(n: number, words: readonly string[]): number {",
        "> 3 |   throw new RangeError(words.join() + n)",
        `    | ${" ".repeat(38)}^`,
        "  4 | }",
        "  5 |",
      ].join("\n"),
    )
  })

  test("is of the function's own files rather than of a package", async () => {
    const files = {
      "index.js": 'import { parse } from "pkg"\nexport default () => parse()',
      "node_modules/pkg/index.js": "export function parse() {\n  throw new Error()\n}",
    }
    const { code, sourceMap } = await bundler.bundle(await readUpload({ files }), { modules: {} })
    const at = (text: string) =>
      `    at f (bundle.js:${code.split("\n").findIndex((line) => line.includes(text)) + 1}:4)`
    const { mapStack } = {
      mapStack: (stack: string) => openBundleMap(sourceMap, "packages", code).mapStack({ ...thrown, stack }).frame,
    }
    expect(mapStack(`${at("throw new")}\n${at("=> parse")}`)).toMatch(/^index\.js:2:/)
    expect(mapStack(at("throw new"))).toMatch(/^node_modules\/pkg\/index\.js:2:/)
  })

  test("is left out where the stack is of no file, or the map holds no source", () => {
    expect(open().mapStack({ ...thrown, stack: "    at f (native)" })).toEqual({ stack: "" })
    const bare = JSON.stringify({ ...JSON.parse(bundle.sourceMap), sourcesContent: undefined })
    const line = bundle.code.split("\n").findIndex((text) => text.includes("throw new RangeError")) + 1
    const mapped = openBundleMap(bare, "bare").mapStack({ ...thrown, stack: `    at f (bundle.js:${line}:3)` })
    expect(mapped).toEqual({ stack: "    at f (src/lib/check.ts:3:3)" })
  })
})

describe("a text with stacks in it", () => {
  test("keeps what is no frame, and has no frames of the sandbox", async () => {
    const stack = await stackOf("fails({ n: 1 })")
    const text = `before bundle.js:1\nError: x\n${stack.trimEnd()} { code: 'X' }\nat last`
    expect(open().mapText(text)).toMatch(
      /^before bundle\.js:1\nError: x\n {4}at check \(src\/lib\/check\.ts:3:\d+\)\n {4}at fails \(src\/index\.ts:5:\d+\).* \{ code: 'X' \}\nat last$/s,
    )
    expect(open().mapText(text)).not.toContain("inlay:guest:")
  })

  test("takes no longer for hostile text", () => {
    const hostile = `${"\n at (".repeat(40_000)}\n    at ${"x (bundle.js:1:1".repeat(2000)}`
    expect(open().mapText(`${hostile}bundle.js:`).length).toBeGreaterThan(0)
  })
})
