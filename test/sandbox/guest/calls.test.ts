import { describe, expect, it } from "vitest"
import { createGuest } from "./harness.ts"

const run = (code: string, body?: string) =>
  createGuest()
    .load(code)
    .start(body === undefined ? {} : { body })

describe("A call of an event handler", () => {
  it("answers what the handler returns, as JSON", () => {
    const guest = run("export default ({ data }) => ({ result: data.map((v) => v * 2) })", '{"data":[1,2,3]}')
    expect(guest.output()).toEqual({ result: [2, 4, 6] })
  })
})
