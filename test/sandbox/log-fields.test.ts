import fc from "fast-check"
import { expect, it } from "vitest"
import { toLogFields } from "../../src/sandbox/log-fields.ts"
import { call, openRuntime, versionOf } from "./sandbox.ts"

const runtime = openRuntime({ threads: 1 })

it("A line has the fields of the objects that were written with it", async () => {
  const code =
    "export default (_, { log }) => { log.warn('paid', { order: 7, user: { id: 'u1' } }); console.log('plain') }"
  const { logs } = await call(runtime, versionOf(code))
  expect(logs).toMatchObject([
    { level: "warn", message: "paid { order: 7, user: { id: 'u1' } }", fields: { order: 7, "user.id": "u1" } },
    { level: "info", message: "plain" },
  ])
  expect(logs[1]).not.toHaveProperty("fields")
})

it("Fields count towards what a call may write", async () => {
  const code = "export default () => { for (let i = 0; i < 900; i++) console.log('', { text: 'x'.repeat(1000) }) }"
  const { logs } = await call(runtime, versionOf(code))
  expect(logs.length).toBeLessThan(200)
  expect(logs.at(-1)?.message).toBe("Further output of this call was dropped.")
})

it("Whatever the guest says of fields, few and short scalars come of it, and no prototype", () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.dictionary(fc.string(), fc.anything())), (given) => {
      const fields = toLogFields(given) ?? {}
      expect(Object.keys(fields).length).toBeLessThanOrEqual(32)
      for (const [name, value] of Object.entries(fields)) {
        expect(name.length).toBeLessThanOrEqual(128)
        expect(value === null || ["string", "number", "boolean"].includes(typeof value)).toBe(true)
        if (typeof value === "string") expect(value.length).toBeLessThanOrEqual(1024)
      }
    }),
  )
  const polluted = toLogFields(JSON.parse('{"__proto__":{"a":1},"b":2,"c":{"d":1}}'))
  expect(polluted).toEqual({ b: 2 })
  expect(Object.getPrototypeOf(polluted)).toBe(Object.prototype)
})
