import { createHash } from "node:crypto"
import { expect, it } from "vitest"
import { isSame, toIdempotency } from "../../src/model/idempotency.ts"

const at = 1_800_000_000_000
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

function of(json: string, before = "f\n") {
  const refuse = () => expect.fail("It is a key.")
  const idempotency = toIdempotency(
    { idempotencyKey: "k" },
    { toKey: (key) => key, content: { before, json }, at, refuse },
  )
  return idempotency ?? expect.fail("It has a key.")
}

it("is the same for inputs that differ in the order of their keys alone", () => {
  const kept = of('{"a":1,"b":{"c":[1,2],"d":null}}').hash
  expect(isSame(of('{"b":{"d":null,"c":[1,2]},"a":1.0}'), kept)).toBe(true)
  expect(isSame(of('{"b":{"d":null,"c":[2,1]},"a":1}'), kept)).toBe(false)
  expect(isSame(of('{"a":1,"b":{"c":[1,2],"d":null}}', "g\n"), kept)).toBe(false)
})

it("is the same for what an earlier version has kept for the same text", () => {
  const json = '{"b":2,"a":1}'
  expect(isSame(of(json), sha256(`f\n${json}`))).toBe(true)
  expect(isSame(of('{"b":2,"a":3}'), sha256(`f\n${json}`))).toBe(false)
})

it("goes by the text itself of what nests too deep to be put in order", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000)
  expect(isSame(of(deep), sha256(`f\n${deep}`))).toBe(true)
  expect(isSame(of(deep), of(deep).hash)).toBe(true)
})
