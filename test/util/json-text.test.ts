import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeOutput } from "../../src/util/decode-output.ts"
import { maxNesting, nestsTooDeep, nestsTooDeepInSlices } from "../../src/util/json-text.ts"

/** JSON that is so deep, of objects and lists by turns, behind a string that holds what is no nesting. */
function nested(depth: number, text = '["\\', end = "1"): string {
  const signs = Array.from({ length: depth }, (_, index) => (index % 2 === 0 ? ["[", "]"] : ['{"a":', "}"]))
  const inner = JSON.stringify([text, 0]).slice(0, -2)
  return `${inner}${signs.map(([open]) => open).join("")}${end}${signs.map(([, close]) => close).reverse()}]`.replace(
    /,(?=[\]}])/g,
    "",
  )
}

describe("JSON text", () => {
  it("is too deep from one level more on, wherever its strings end and however long it is", async () => {
    const text = fc.string({ unit: fc.constantFrom("[", "]", "{", '"', "\\", "a"), maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(1, 5000), async (part, times) => {
        const before = part.repeat(times)
        for (const [depth, expected] of [
          [maxNesting - 1, false],
          [maxNesting, true],
        ] as const) {
          const json = nested(depth, before)
          expect(JSON.parse(json)[0]).toBe(before)
          expect(nestsTooDeep(json)).toBe(expected)
          expect(await nestsTooDeepInSlices(json)).toBe(expected)
        }
      }),
      { numRuns: 20 },
    )
  })

  it("of a response that is too deep stays text, which can be written again", async () => {
    const decode = (text: string) =>
      decodeOutput({ type: "response", headers: [["Content-Type", "application/json"]], body: Buffer.from(text) })
    const deep = nested(100_000)
    expect((await decode(deep)).value).toBe(deep)
    expect((await decode("[[1]]")).value).toEqual([[1]])
  })
})
