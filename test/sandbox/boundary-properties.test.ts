import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { CallCapability } from "../../src/ports/capability.ts"
import { call, failureOf, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()
const anyText = fc.string({ unit: "binary" })
/** Lone surrogates, control characters, and what JSON or JavaScript treat as special. */
const oddText = fc
  .array(
    fc.oneof(
      anyText,
      fc.constantFrom("\ud800", "\udfff", "\0", "\u2028", "\ufeff", "\uffff", "\\u0000", '"', "__proto__", "${x}"),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""))
const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    oddText,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.constantFrom(null, true, false, 0, 1e308, Number.MAX_SAFE_INTEGER, 5e-324),
    fc.array(tie("value"), { maxLength: 4 }),
    fc
      .array(
        fc.tuple(fc.oneof(oddText, fc.constantFrom("__proto__", "constructor", "then", "toJSON", "0")), tie("value")),
        { maxLength: 4 },
      )
      .map((entries) =>
        JSON.parse(`{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)}}`),
      ),
  ),
})).value
const plain = (value: unknown) => JSON.stringify(value)
const runs = { numRuns: 80 }

describe("any JSON value, keys named __proto__ and strings of any kind included, crosses the boundary as it is:", () => {
  it.each([
    ["answered at once", "export default (value) => value"],
    ["answered by a promise", "export default async (value) => value"],
    [
      "after its call was swapped out",
      "export default async (value) => { await new Promise((d) => setTimeout(d)); return value }",
    ],
    ["inside an answer", "export default (value) => [{ value }][0].value"],
    ["cloned", "export default (value) => structuredClone(value)"],
  ])("%s", async (_, code) => {
    const version = versionOf(code)
    await fc.assert(
      fc.asyncProperty(anyJson, async (value) => {
        const text = plain(value)
        const { outcome } = await call(runtime, version, null, { input: { type: "json", text } })
        expect(outcome).toEqual({ ok: true, output: { type: "json", text: plain(JSON.parse(text)) } })
      }),
      runs,
    )
  })

  it("in the body of a response, and of the request", async () => {
    const version = versionOf("export default { fetch: async (request) => Response.json(await request.json()) }", {
      kind: "http",
    })
    await fc.assert(
      fc.asyncProperty(anyJson, async (value) => {
        const text = plain(value)
        const body = Buffer.from(text)
        const input = { type: "request", method: "POST", url: "http://a.example/", headers: [], body } as const
        const { outcome } = await call(runtime, version, null, { input })
        if (!outcome.ok || outcome.output.type !== "response") throw new Error(JSON.stringify(outcome))
        expect(Buffer.from(outcome.output.body).toString()).toBe(plain(JSON.parse(text)))
      }),
      runs,
    )
  })

  it("to a capability and back", async () => {
    const asked: unknown[] = []
    const callCapability: CallCapability = async ({ input }) => {
      asked.push(input)
      return { json: plain(input) }
    }
    const sdk = 'globalThis[Symbol.for("inlay.sdk")]'
    const version = versionOf(
      `export default async (value) => (await ${sdk}.callCapability("own", "echo", { value })).output.value`,
    )
    await fc.assert(
      fc.asyncProperty(anyJson, async (value) => {
        const text = plain(value)
        const over = { input: { type: "json", text }, callCapability } as const
        const answer = await call(runtime, version, null, over)
        expect(answer.outcome).toEqual({ ok: true, output: { type: "json", text: plain(JSON.parse(text)) } })
        expect(plain(asked.at(-1))).toBe(plain({ value: JSON.parse(text) }))
      }),
      runs,
    )
  })
})

describe("any text crosses the boundary as it is:", () => {
  it("in a line of the log", async () => {
    const version = versionOf("export default (text) => { console.log('%s', text) }")
    await fc.assert(
      fc.asyncProperty(oddText, async (text) => {
        expect((await call(runtime, version, text)).logs.map(({ message }) => message)).toEqual([text])
      }),
      runs,
    )
  })

  it("in the environment, whatever its names", async () => {
    const version = versionOf("export default () => ({ ...process.env })")
    await fc.assert(
      fc.asyncProperty(fc.dictionary(oddText, oddText, { maxKeys: 5, noNullPrototype: true }), async (environment) => {
        const result = await call(runtime, version, null, { environment })
        expect(outputOf(result)).toEqual(JSON.parse(plain(environment)))
      }),
      runs,
    )
  })
})

describe("errors of every shape arrive as errors:", () => {
  it("any name, message and cause", async () => {
    const version = versionOf(`export default ({ name, message, cause, own }) => {
      throw Object.assign(new Error(message, { cause }), { name, ...own })
    }`)
    const shapes = fc.record({
      name: oddText,
      message: oddText,
      cause: anyJson,
      own: fc.dictionary(fc.constantFrom("code", "status", "toString", "constructor"), anyJson),
    })
    await fc.assert(
      fc.asyncProperty(shapes, async ({ name, message, cause, own }) => {
        const failure = failureOf(await call(runtime, version, { name, message, cause, own }))
        expect(failure).toEqual({ code: "FN_004", name, message })
      }),
      runs,
    )
  })

  it("whatever is thrown, early, late or while it is answered", async () => {
    const version = versionOf(`export default async ({ when, value, shape }) => {
      const thrown = shape === "value" ? value : shape === "error" ? new TypeError(String(value))
        : shape === "proxy" ? new Proxy({}, { get() { throw value } }) : shape === "getter" ? { get message() { throw value } }
        : Object.assign(Object.create(null), { value })
      if (when === "late") await new Promise((done) => setTimeout(done))
      if (when === "answering") return { get a() { throw thrown } }
      throw thrown
    }`)
    const cases = fc.record({
      when: fc.constantFrom("early", "late", "answering"),
      shape: fc.constantFrom("value", "error", "proxy", "getter", "bare"),
      value: anyJson,
    })
    await fc.assert(
      fc.asyncProperty(cases, async (input) => {
        const { outcome } = await call(runtime, version, input)
        expect(outcome).toMatchObject({
          ok: false,
          code: "FN_004",
          error: { name: expect.any(String), message: expect.any(String), stack: expect.any(String) },
        })
      }),
      runs,
    )
  })
})
