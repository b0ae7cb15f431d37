import fc from "fast-check"
import { expect, it } from "vitest"
import type { SqlValue } from "../../adapters/storage/sql/connection.ts"
import { packValues, unpackValues } from "../../adapters/storage/sqlite/packed-values.ts"

it("values come back from their package as they were", () => {
  const value: fc.Arbitrary<SqlValue> = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("", "\ud800", "\udc00", null, -0, Number.NaN, Number.POSITIVE_INFINITY),
    fc.double(),
    fc.maxSafeInteger(),
    fc.bigInt(),
    fc.uint8Array(),
  )
  fc.assert(
    fc.property(fc.array(value, { maxLength: 200 }), (values) => {
      expect(unpackValues(structuredClone(packValues(values)))).toEqual(values)
    }),
  )
  expect("kinds" in packValues(Array.from({ length: 100 }, () => "x"))).toBe(true)
})
