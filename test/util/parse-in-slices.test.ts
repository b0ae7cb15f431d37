import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseInSlices } from "../../src/util/parse-in-slices.ts"

const takes = (key: string): boolean => key !== "__proto__"
const dropPrototype = (key: string, value: unknown): unknown => (takes(key) ? value : undefined)
const parse = (part: string): unknown => JSON.parse(part, dropPrototype)
const read = (text: string): Promise<unknown> => parseInSlices(text, { takes, parse })
/** JSON of a string that is longer than a step. */
const long = `"${"x".repeat(20_000)}"`

/** Makes each text longer than any step: in front of it, around it, and within it. */
function enlarged(value: unknown): unknown[] {
  const escaped = 'é"\\\n\u0000'.repeat(8000)
  return [
    [escaped, value, escaped, value],
    { first: value, [escaped]: [value, escaped], last: value },
    Array.from({ length: 3000 }, () => value),
    Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`${n % 7 ? "k" : ""}${n}`, value])),
  ]
}

describe("Parsing in slices", () => {
  it("gives what JSON.parse gives, in the same order", async () => {
    const values = fc.jsonValue({ maxDepth: 3 })
    await fc.assert(
      fc.asyncProperty(values, fc.constantFrom(undefined, 1), async (value, indent) => {
        for (const each of [value, ...enlarged(value)]) {
          const text = JSON.stringify(each, null, indent)
          expect(JSON.stringify(await read(text))).toBe(JSON.stringify(parse(text)))
        }
      }),
      { numRuns: 30 },
    )
  })

  it("refuses whatever JSON.parse refuses", async () => {
    const parts = ["1", "[", "]", "{", "}", ",", ":", '"a"', '"', "\\", "\u00a0", " ", "tru", "null", "-", long]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...parts), { maxLength: 8 }), async (list) => {
        const text = list.join("")
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        const outcome = await read(text).then(
          () => true,
          (error) => expect(error).toBeInstanceOf(SyntaxError) as unknown as boolean,
        )
        expect(outcome === true).toBe(valid)
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ["a list with a comma at its end", "[1,]"],
    ["a long list with a comma at its end", `[${"1,".repeat(20_000)}]`],
    ["an object with a comma at its end", '{"a":1,}'],
    ["a list with a comma at its beginning", "[,1]"],
    ["a member that is only spaces", `[1,${" ".repeat(20_000)},2]`],
    ["a member that is missing between long ones", `[${long},,${long}]`],
    ["a member that is missing before a long one", `[${long},1,,${long}]`],
    ["an array closed as an object", "[1}"],
    ["a long array closed as an object", `[${"1,".repeat(20_000)}1}`],
    ["an escape that is cut off", '"\\u00'],
    ["nothing", ""],
  ])("refuses %s", async (_what, text) => {
    await expect(read(text)).rejects.toThrow(SyntaxError)
  })

  it.each(["__proto__", "\\u005f_proto__"])(
    "leaves out what it does not take, of long objects and short: %s",
    async (key) => {
      const member = `"${key}":{"polluted":1}`
      const value = await read(`{${member},"long":${long},"short":{${member}},"list":[{${member}}]}`)
      expect(value).toEqual({ long: "x".repeat(20_000), short: {}, list: [{}] })
      expect((value as { polluted?: unknown }).polluted).toBeUndefined()
    },
  )

  it("reads a million levels", async () => {
    let value = await read(`${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`)
    let depth = 0
    for (; Array.isArray(value); value = value[0]) depth++
    expect(depth).toBe(1_000_000)
  })

  it("lets other work go on between its steps", async () => {
    const turns = { of: 0, over: false }
    const count = (): void => {
      turns.of++
      if (!turns.over) setImmediate(count)
    }
    setImmediate(count)
    const text = JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, n])))
    expect(Object.keys((await read(text)) as object)).toHaveLength(100_000)
    turns.over = true
    expect(turns.of).toBeGreaterThan(5)
  })
})
