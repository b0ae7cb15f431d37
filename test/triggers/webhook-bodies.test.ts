import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseBody, toRawBody } from "../../src/triggers/webhooks/read-body.ts"

const parse = (text: string, type: string | null = "application/json") => parseBody(toRawBody(Buffer.from(text)), type)

describe("a body", () => {
  it("can be had again byte by byte, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const { rawBody, rawBodyEncoding } = JSON.parse(JSON.stringify(toRawBody(bytes)))
          expect(Buffer.from(rawBody, rawBodyEncoding)).toEqual(Buffer.from(bytes))
        },
      ),
    )
    const withMark = Buffer.from("\uFEFF{}")
    expect(Buffer.from(toRawBody(withMark).rawBody)).toEqual(withMark)
  })

  it("is any JSON, by its type or without one", () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(parse(text)).toEqual(JSON.parse(text))))
    for (const type of [null, "", "application/problem+json; charset=utf-8", "Application/JSON"]) {
      expect(parse('{"a":1}', type)).toEqual({ a: 1 })
    }
  })

  it("stays text where it is not what its type says, or of another type", () => {
    expect(parse("{")).toBe("{")
    expect(parse('{"a":1}', "text/plain")).toBe('{"a":1}')
    expect(parse("", null)).toBe("")
    const deep = "[".repeat(100_000) + "]".repeat(100_000)
    expect(parse(deep)).toBe(deep)
    expect(parse(`payload=${deep}`, "application/x-www-form-urlencoded")).toEqual({ payload: deep })
  })

  it("of a form is an object without a prototype's names", () => {
    const form = parse("__proto__=1&a=%C3%A9&a=+", "application/x-www-form-urlencoded")
    expect(Object.entries(form as object)).toEqual([
      ["__proto__", "1"],
      ["a", ["é", " "]],
    ])
    expect(Object.getPrototypeOf(form)).toBe(Object.prototype)
    const names = Array.from({ length: 400_000 }, (_, index) => `f${index}`)
    const long = parse(names.join("&"), "application/x-www-form-urlencoded")
    expect(Object.keys(long as object).join("&") === names.join("&")).toBe(true)
    expect(parse("payload=no+json", "application/x-www-form-urlencoded")).toEqual({ payload: "no json" })
  })
})
