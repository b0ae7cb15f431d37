import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createGuest, type Guest } from "./harness.ts"

const call = (code: string, body?: string): Guest =>
  createGuest()
    .load(code)
    .start(body === undefined ? {} : { body })

describe("A call of an event handler", () => {
  it("answers within the dispatch what the handler returns", () => {
    const guest = call("export default ({ data }) => ({ result: data.map((v) => v * 2) })", '{"data":[1,2,3]}')
    expect(guest.output()).toEqual({ result: [2, 4, 6] })
  })

  it("waits for a promise", () => {
    expect(call("export default async (n) => { await null; return n + 1 }", "41").output()).toBe(42)
  })

  it("adopts a thenable that is no promise", () => {
    expect(call("export default () => ({ then(resolve) { resolve(7) } })").output()).toBe(7)
  })

  it.each([
    ["undefined", "() => undefined", undefined],
    ["null", "() => null", "null"],
    ["NaN", "() => NaN", "null"],
    ["a Date", "() => new Date(0)", '"1970-01-01T00:00:00.000Z"'],
    ["a Map", "() => new Map([[1, 2]])", "{}"],
    ["an object with toJSON", "() => ({ toJSON: () => [1] })", "[1]"],
    ["an object whose toJSON gives nothing", "() => ({ toJSON() {} })", undefined],
    ["a string with a lone surrogate", '() => "\\ud800"', '"\\ud800"'],
    ["a string with NUL", '() => "\\0"', '"\\u0000"'],
    ["an own property named __proto__", '() => JSON.parse(`{"__proto__":1}`)', '{"__proto__":1}'],
  ])("answers %s as its JSON", (_name, code, text) => {
    const answer = call(`export default ${code}`).answer()
    expect([answer.op, answer.text]).toEqual(["done", text])
  })

  it("answers a string of ten megabytes", () => {
    expect(call('export default () => "x".repeat(1e7)').answer().text).toHaveLength(1e7 + 2)
  })

  it.each([
    ["a function", "() => () => 1", "a function"],
    ["a symbol", "() => Symbol('s')", "a symbol"],
    ["a BigInt", "() => 1n", "a BigInt"],
    ["a BigInt inside", "() => ({ a: [1n] })", "a BigInt inside"],
    ["a circular object", "() => { const a = {}; a.a = a; return a }", "contains itself"],
  ])("refuses %s by its kind", (_name, code, words) => {
    const failure = call(`export default ${code}`).failure()
    expect(failure).toMatchObject({ name: "TypeError", kind: "output" })
    expect(failure.message).toContain(words)
  })

  it("gives what a getter or toJSON of the result threw", () => {
    expect(call("export default () => ({ get a() { throw new RangeError('mine') } })").failure()).toMatchObject({
      kind: "output",
      name: "RangeError",
      message: "mine",
    })
    expect(call("export default () => ({ toJSON() { throw 5 } })").failure()).toMatchObject({ message: "5" })
  })

  it("answers or refuses an object of ten thousand levels", () => {
    const { op, text } = call(
      "export default () => { let a = 1; for (let i = 0; i < 1e4; i++) a = [a]; return a }",
    ).answer()
    expect(op === "done" ? text?.length : JSON.parse(text ?? "").kind).toSatisfy((x) => x === 20_001 || x === "output")
  })

  it("says so when the input is no JSON", () => {
    expect(call("export default () => 1", "{").failure()).toMatchObject({ kind: "input", name: "SyntaxError" })
  })

  it("answers once, and drops what comes later", () => {
    const guest = call("export default () => { setTimeout(() => { throw new Error('late') }, 5); return 1 }")
    guest.settle({ id: 1, ok: true })
    expect(guest.output()).toBe(1)
    expect(guest.logs()[0]).toContain("Uncaught Error: late")
  })

  it("may answer a Response, with its status and headers", () => {
    const answer = call("export default () => Response.json({ a: 1 }, { status: 429 })").answer()
    expect(answer.op).toBe("respond")
    expect(JSON.parse(answer.text ?? "")).toMatchObject({
      status: 429,
      headers: [["content-type", "application/json"]],
    })
  })

  it("has no receiver but undefined", () => {
    expect(call("export default function () { return this === undefined }").output()).toBe(true)
  })

  it("gives any JSON value back as it came", () => {
    const guest = createGuest().load("export default (event) => event")
    fc.assert(
      fc.property(fc.json(), (text) => {
        guest.calls.length = 0
        guest.start({ body: text })
        expect(guest.answer().text).toBe(JSON.stringify(JSON.parse(text)))
      }),
    )
  })
})

describe("A failure", () => {
  it.each([
    ["an Error", "new TypeError('bad')", { name: "TypeError", message: "bad" }],
    [
      "an Error of an own class",
      "new (class Mine extends Error { name = 'Mine' })('x')",
      { name: "Mine", message: "x" },
    ],
    ["a DOMException", "new DOMException('gone', 'AbortError')", { name: "AbortError", message: "gone" }],
    ["a string", "'text'", { name: "Error", message: "text" }],
    ["a number", "5", { name: "Error", message: "5" }],
    ["undefined", "undefined", { name: "Error", message: "undefined" }],
    ["null", "null", { name: "Error", message: "null" }],
    ["a symbol", "Symbol('s')", { name: "Error", message: "Symbol(s)" }],
    ["a BigInt", "5n", { name: "Error", message: "5" }],
    ["an object with a message", "{ message: 'm' }", { name: "Error", message: "m" }],
    ["an object without a prototype", "Object.create(null)", { name: "Error", message: "[object Object]" }],
    ["a function", "function f() {}", { name: "Error", message: "function f() {}" }],
    [
      "an error whose getters throw",
      "Object.defineProperties(new Error('x'), { name: { get() { throw 1 } }, message: { get() { throw 1 } }, stack: { get() { throw 1 } } })",
      { name: "Error", message: "" },
    ],
    [
      "a proxy that throws at everything",
      "new Proxy({}, new Proxy({}, { get() { throw new Error('trap') } }))",
      { name: "Error" },
    ],
    ["a toString that throws", "{ toString() { throw 1 } }", { name: "Error", message: "[object Object]" }],
  ])("of %s arrives as an error", (_name, code, expected) => {
    const thrown = call(`export default () => { throw (${code}) }`).failure()
    expect(thrown).toMatchObject(expected)
    const rejected = call(`export default async () => { await 0; throw (${code}) }`).failure()
    expect(rejected).toMatchObject(expected)
  })

  it("names the errors of an AggregateError and the causes of an error", () => {
    const failure = call(
      "export default () => { throw new AggregateError([new TypeError('a'), 'b'], 'both', { cause: new Error('why') }) }",
    ).failure()
    expect(failure.message).toBe("both\n  TypeError: a\n  b")
    expect(failure.stack).toContain("Caused by: Error: why")
  })

  it("has the frames of the function in its stack", () => {
    expect(call("export default function boom() { throw new Error('x') }").failure().stack).toContain("function.js:1")
  })

  it("is cut where it is huge", () => {
    const failure = call(
      "export default () => { throw Object.assign(new Error('m'.repeat(1e6)), { stack: 's'.repeat(1e6), name: 'n'.repeat(1e6) }) }",
    ).failure()
    expect([failure.message.length, failure.stack.length, failure.name.length]).toEqual([8192, 16384, 256])
  })

  it("of recursion without end arrives as one", () => {
    expect(call("export default function f() { return f() }").failure().name).toMatch(/RangeError|InternalError/)
  })
})

describe("The handler", () => {
  const output = (code: string, exportName?: string): unknown =>
    createGuest().load(code, exportName).start({ body: "1" }).output()

  it.each([
    ["the default export", "export default (n) => n + 1", undefined],
    ["an export named handler", "export const handler = (n) => n + 1", undefined],
    ["the handler of a CommonJS upload", "export default { handler: (n) => n + 1 }", undefined],
    ["the default of a CommonJS upload", "export default { default: (n) => n + 1, __esModule: true }", undefined],
    ["a named export", "export const run = (n) => n + 1", "run"],
    ["a named export of a CommonJS upload", "export default { run: (n) => n + 1 }", "run"],
  ])("can be %s", (_name, code, exportName) => {
    expect(output(code, exportName)).toBe(2)
  })

  it("is told with the module's exports", () => {
    const told = (code: string, name?: string): unknown => createGuest().load(code, name).json("loaded")[0]
    expect(told("export default () => 1; export const a = 1")).toEqual({
      exports: ["a", "default"],
      handler: "function",
    })
    expect(told("export default { fetch() {} }")).toEqual({ exports: ["default"], handler: "fetch" })
    expect(told("export const a = 1")).toEqual({ exports: ["a"], handler: "missing" })
    expect(told("export default () => 1", "other")).toEqual({ exports: ["default"], handler: "missing" })
  })

  it("that is missing fails the call by its name", () => {
    const failure = createGuest().load("export const a = 1, b = 2").start().failure()
    expect(failure.message).toContain('Cannot find the handler "default": the module exports a, b')
  })

  it("of a module that awaits and then throws is a failure of the loading", () => {
    const guest = createGuest().load("await null; throw new SyntaxError('module')")
    expect(guest.failure()).toMatchObject({ name: "SyntaxError", message: "module" })
  })

  it("of a module that awaits is found", () => {
    expect(createGuest().load("await null; export default () => 3").start().output()).toBe(3)
  })

  it("may be called many times in one memory, each call afresh", () => {
    const guest = createGuest().load("let n = 0; export default () => ++n")
    guest.start()
    guest.calls.length = 0
    expect(guest.start().output()).toBe(2)
  })
})
