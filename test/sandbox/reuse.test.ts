import { describe, expect, it } from "vitest"
import { call, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()
const of = { functionId: "f" }

describe("a function with reuse", () => {
  it("keeps its module state from one call to the next", async () => {
    const version = versionOf("let count = 0; export default () => ++count", { maxInstances: 10 })
    const results = []
    for (let index = 0; index < 5; index++) results.push(await call(runtime, version, null, of))
    expect(results.map(outputOf)).toEqual([1, 2, 3, 4, 5])
    expect(results.map(({ coldStart }) => coldStart)).toEqual([true, false, false, false, false])
  })
})
