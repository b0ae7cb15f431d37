import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { refuseOutput } from "../../src/sandbox/output-limits.ts"
import { call, failureOf, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()
const echo = versionOf("export default (value) => value")

describe("the boundary", () => {
  it("gives any JSON value back as it came", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(outputOf(await call(runtime, echo, value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 150 },
    )
  })

  it("carries any string, lone surrogates too", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        expect(outputOf(await call(runtime, echo, `${text}\ud800`))).toBe(`${text}\ud800`)
      }),
      { numRuns: 100 },
    )
  })

  it.each([
    ["an error of its own class", "class Odd extends Error { name = 'Odd' } throw new Odd('why')", "Odd", "why"],
    ["a string", "throw 'text'", "Error", "text"],
    ["undefined", "throw undefined", "Error", "undefined"],
    ["null", "throw null", "Error", "null"],
    ["a symbol", "throw Symbol('s')", "Error", "Symbol(s)"],
    ["a rejected promise", "return Promise.reject(new RangeError('far'))", "RangeError", "far"],
  ])("gives what was thrown as an error: %s", async (_, code, name, message) => {
    const result = await call(runtime, versionOf(`export default () => { ${code} }`))
    expect(failureOf(result)).toEqual({ code: "FN_004", name, message })
  })

  it.each([
    [
      "an error with throwing getters",
      "throw Object.defineProperties(new Error(), { name: { get() { throw 1 } }, message: { get() { throw 2 } }, stack: { get() { throw 3 } } })",
    ],
    [
      "a proxy that throws",
      "throw new Proxy({}, { get() { throw new Error('no') }, getPrototypeOf() { throw new Error('no') } })",
    ],
    ["an error that holds itself", "const error = new Error('self'); error.cause = error; throw error"],
    ["a huge message", "throw new Error('x'.repeat(5e6))"],
  ])("survives throwing %s", async (_, code) => {
    const { outcome } = await call(runtime, versionOf(`export default () => { ${code} }`))
    expect(outcome).toMatchObject({ ok: false, code: "FN_004" })
    if (!outcome.ok) expect(outcome.error.message.length).toBeLessThan(20_000)
  })

  it.each([
    ["a function", "return () => 1"],
    ["a symbol", "return Symbol()"],
    ["a BigInt", "return 1n"],
    ["an object that holds itself", "const o = {}; o.o = o; return o"],
  ])("refuses to let out %s", async (_, code) => {
    expect(failureOf(await call(runtime, versionOf(`export default () => { ${code} }`)))).toMatchObject({
      code: "FN_004",
      name: "TypeError",
    })
  })

  it("rejects with SyntaxError, and runs nothing, where the input is not JSON", async () => {
    await expect(call(runtime, echo, null, { input: { type: "json", text: '{"a":' } })).rejects.toThrow(SyntaxError)
    await expect(call(runtime, echo, null, { input: { type: "json", text: "1,2" } })).rejects.toThrow(SyntaxError)
  })
})

describe("refuseOutput", () => {
  const limits = { maxBytes: 1000, maxDepth: 5, maxKeys: 3, maxValues: 1000 }

  it("counts depth and keys as a parser would", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value) + " ".repeat(6)
        const refused = depthOf(value) > limits.maxDepth || keysOf(value) > limits.maxKeys
        fc.pre(text.length < limits.maxBytes / 3)
        expect(refuseOutput(text, limits) !== null).toBe(refused)
      }),
    )
  })
})

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function keysOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce((sum: number, each) => sum + keysOf(each), own)
}
