import variant from "@jitl/quickjs-ng-wasmfile-release-sync"
import fc from "fast-check"
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createBundler } from "../../src/registry/bundler.ts"
import type { CodeBundle } from "../../src/registry/bundler-session.ts"
import { mapStack } from "../../src/registry/source-map.ts"
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

const map = (stack: string) => mapStack(stack, bundle.sourceMap, "key", bundle.code)

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

  test("has no more than 64 frames, and no control characters in names", () => {
    const line = bundle.code.split("\n").findIndex((text) => text.includes("throw new RangeError")) + 1
    const frame = (name: string) => `    at ${name} (bundle.js:${line}:3)`
    expect(map(Array.from({ length: 5000 }, () => frame("f")).join("\n")).split("\n")).toHaveLength(64)
    expect(map(frame("a\u001b[31mb"))).toBe("    at a[31mb (src/lib/check.ts:3:3)")
    expect(map(frame("upload:src/old.cjs"))).toBe("    at <module> (src/lib/check.ts:3:3)")
    expect(map(`    at bundle.js:${line}:3`)).toBe("    at <module> (src/lib/check.ts:3:3)")
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
    expect(mapStack(stack, other.sourceMap, "other")).toMatch(/\(index\.ts:4:\d+\)$/)
    expect(mapStack(stack, other.sourceMap, "other", other.code)).toMatch(/\(index\.ts:4:\d+\)$/)
  })
})
