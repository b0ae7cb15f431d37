import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { createBundler } from "../../src/registry/bundler.ts"
import type { CodeBundle } from "../../src/registry/bundler-session.ts"
import { keptBundleMap, openBundleMap } from "../../src/registry/source-map.ts"
import { readUpload } from "../../src/registry/upload.ts"
import { type MapSource, traceBy } from "../../src/registry/version-maps.ts"

const bundler = createBundler()
let small: CodeBundle
let large: CodeBundle

const bundleOf = async (source: string) => bundler.bundle(await readUpload({ source }), { modules: {} })
const failing = "export default function fails() {\n  throw new Error()\n}\n"

beforeAll(async () => {
  const filler = Array.from({ length: 4000 }, (_, index) => `export const value${index} = [${index}, "text"]`)
  small = await bundleOf(failing)
  large = await bundleOf(failing + filler.join("\n"))
})
afterAll(() => bundler.close())

/** The stack of an error of the bundle, as the engine writes it. */
function stackOf({ code }: CodeBundle, fileName = "bundle.js"): string {
  const line = code.split("\n").findIndex((text) => text.includes("throw new")) + 1
  return `    at fails (${fileName}:${line}:3)`
}

/** A script whose readings are counted. */
function sourceOf(bundle: CodeBundle | null, key: string, fileName = "bundle.js") {
  const source = {
    fileName,
    key,
    reads: 0,
    async read() {
      source.reads++
      return bundle
    },
  }
  return source satisfies MapSource
}

const errorWith = (stack: string) => ({ error: { name: "Error", message: "", stack }, texts: [`x\n${stack}\ny`] })

describe("a small map", () => {
  test("is read once, and then traced by at once", async () => {
    const source = sourceOf(small, "small")
    const request = errorWith(stackOf(small))
    const first = await traceBy("o", [source], request)
    expect(first?.own?.stack).toBe("    at fails (index.ts:2:3)")
    expect(first?.texts).toEqual(["x\n    at fails (index.ts:2:3)\ny"])
    expect(traceBy("o", [source], request)).toEqual(first)
    expect(source.reads).toBe(1)
    expect(keptBundleMap("small")).toBeDefined()
  })

  test("of what no text names is not read", () => {
    const source = sourceOf(small, "unnamed")
    expect(traceBy("o", [source], errorWith("    at f (native)"))).toMatchObject({ own: { stack: "" } })
    expect(source.reads).toBe(0)
  })
})

describe("a large map", () => {
  test("is never read on the caller's thread, and gives the same", async () => {
    expect(large.sourceMap.length).toBeGreaterThan(128 * 1024)
    const source = sourceOf(large, "large")
    const { error, texts } = errorWith(stackOf(large))
    const traced = await Promise.all([
      traceBy("o", [source], { error, texts }),
      traceBy("o", [source], { error, texts }),
    ])
    const map = openBundleMap(large.sourceMap, "elsewhere", large.code)
    const own = { own: map.mapStack(error), texts: texts.map((text) => map.mapText(text)) }
    expect(own.own.frame).toContain("throw new Error()")
    expect(traced).toEqual([own, own])
    expect(keptBundleMap("large")).toBeUndefined()
    const { reads } = source
    expect(await traceBy("o", [source], { error, texts })).toEqual(own)
    expect(source.reads).toBe(reads)
  })

  test("is traced by together with small ones, kept or not", async () => {
    const stack = [stackOf(large), stackOf(small, "layer:kept"), stackOf(small, "layer:new")].join("\n")
    const kept = sourceOf(small, "small kept", "layer:kept")
    await traceBy("o", [kept], errorWith(stackOf(small, "layer:kept")))
    const sources = [sourceOf(large, "large too"), kept, sourceOf(small, "small new", "layer:new")]
    const expected = Array.from({ length: 3 }, () => "    at fails (index.ts:2:3)").join("\n")
    expect((await traceBy("o", sources, errorWith(stack)))?.own?.stack).toBe(expected)
    expect((await traceBy("o", sources, errorWith(stack)))?.own?.stack).toBe(expected)
  })

  test("that cannot be read ends no host, and the next one is traced by", async () => {
    const broken = sourceOf({ ...large, sourceMap: "{".repeat(200_000) }, "broken")
    expect(await traceBy("o", [broken], errorWith(stackOf(large)))).toBeUndefined()
    const again = await traceBy("o", [sourceOf(large, "large again")], errorWith(stackOf(large)))
    expect(again?.own?.stack).toBe("    at fails (index.ts:2:3)")
  })
})

test("Large code is not searched on the caller's thread, however small its map is", async () => {
  const source = sourceOf({ ...small, code: small.code + "x".repeat(600_000) }, "long code")
  expect((await traceBy("o", [source], errorWith(stackOf(small))))?.own?.stack).toBe("    at fails (index.ts:2:3)")
  expect(keptBundleMap("long code")).toBeUndefined()
})

test("Slow traces of one organisation do not hold up another's", async () => {
  const { mappings, ...map } = JSON.parse(large.sourceMap) as { readonly mappings: string }
  const slow = { ...large, sourceMap: JSON.stringify({ ...map, mappings: Array(12).fill(mappings).join(";") }) }
  const order: string[] = []
  const traceFor = async (owner: string, bundle: CodeBundle, key: string) => {
    const traced = await traceBy(owner, [sourceOf(bundle, key)], errorWith(stackOf(large)))
    expect(traced?.own?.stack).toBe("    at fails (index.ts:2:3)")
    order.push(owner)
  }
  const slowly = ["a", "b", "c", "d", "e", "f"].map((key) => traceFor("many", slow, `slow ${key}`))
  await Promise.all([...slowly, traceFor("few", large, "of few")])
  expect(order.indexOf("few")).toBeLessThan(4)
})

test("A script that is gone loses its places, and the others keep theirs", async () => {
  const stack = `${stackOf(small)}\n${stackOf(small, "layer:gone")}`
  const gone = sourceOf(null, "gone", "layer:gone")
  expect((await traceBy("o", [sourceOf(small, "stays"), gone], errorWith(stack)))?.own?.stack).toBe(
    "    at fails (index.ts:2:3)",
  )
  expect(await traceBy("o", [gone], errorWith(stack))).toBeUndefined()
})
