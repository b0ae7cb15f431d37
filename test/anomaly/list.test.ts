import { expect, it } from "vitest"
import { createTestFunctions } from "../../src/testing/index.ts"

it("A list of anomalies in a range that is none is refused", async () => {
  await using kit = await createTestFunctions()
  for (const range of [
    { from: Number.NaN, to: 2 },
    { from: 2, to: 1 },
  ]) {
    await expect(kit.functions.anomalies.list({ range })).rejects.toThrow(RangeError)
  }
  expect(await kit.functions.anomalies.list({ range: { from: 1, to: 2 } })).toEqual({ items: [], next: null })
})

it("A list of anomalies of a severity that is none is refused", async () => {
  await using kit = await createTestFunctions()
  await expect(kit.functions.anomalies.list({ severity: "grave" as "high" })).rejects.toMatchObject({
    code: "FN_006",
    issues: [{ path: "severity", message: "is none of low, medium, high, critical" }],
  })
})
