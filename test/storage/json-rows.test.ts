import fc from "fast-check"
import { expect, it } from "vitest"
import { toJsonRows } from "../../adapters/storage/sql/json-rows.ts"

const parse = (texts: readonly string[]) => texts.flatMap((text) => JSON.parse(text) as unknown[])

it("rows come back from their texts, with a sign for what no database keeps", () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\0", "\ud800", "a\udc00b", "\\u0000", '"\\'))
  fc.assert(
    fc.property(fc.array(fc.record({ text, count: fc.integer(), none: fc.constant(null) })), (rows) => {
      const kept = rows.map((row) => ({ ...row, text: row.text.replaceAll(/[\0\p{Surrogate}]/gu, "\uFFFD") }))
      expect(parse(toJsonRows(rows))).toEqual(kept)
    }),
  )
})

it("many rows, and large ones, go in several texts", () => {
  const rows = Array.from({ length: 1100 }, (_, index) => ({ index }))
  expect(toJsonRows(rows).map((text) => parse([text]).length)).toEqual([512, 512, 76])
  expect(parse(toJsonRows(rows))).toEqual(rows)
  const large = Array.from({ length: 5 }, (_, index) => ({ index, text: "x".repeat(1_500_000) }))
  expect(toJsonRows(large).map((text) => parse([text]).length)).toEqual([2, 2, 1])
  expect(toJsonRows([])).toEqual([])
})
