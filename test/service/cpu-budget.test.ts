import { describe, expect, it } from "vitest"
import { createCpuBudget } from "../../src/service/cpu-budget.ts"
import { openService, rejectionOf } from "./service.ts"

let now = 1_000 * 60_000 + 20_000

describe("the CPU budget of an organisation", () => {
  it("refuses with FN_007 until the end of the minute what comes after it is used up", () => {
    let at = 45_500
    const budget = createCpuBudget({ msPerMinute: 100, now: () => at })
    budget.charge("a", 99)
    budget.check("a")
    budget.charge("a", 1)
    expect(() => budget.check("a")).toThrow(expect.objectContaining({ code: "FN_007", retryAfterSeconds: 15 }))
    budget.check("b")
    at = 59_999
    expect(() => budget.check("a")).toThrow(expect.objectContaining({ retryAfterSeconds: 1 }))
    at = 60_000
    budget.check("a")
  })

  it("has no end where the host sets none", () => {
    const budget = createCpuBudget({ now: () => 0 })
    budget.charge("a", 1e12)
    budget.check("a")
  })

  it.each([0, -1, Number.NaN])("cannot be %d", (msPerMinute) => {
    expect(() => createCpuBudget({ msPerMinute, now: () => 0 })).toThrow(RangeError)
  })
})

describe("a service with a CPU budget", () => {
  const service = openService({ sandbox: { cpuMsPerMinute: 20 }, now: () => now })

  it("serves other organisations, and the same one in the next minute", async () => {
    const { functions } = service
    const other = functions.organisation("other")
    const source =
      "export default (ms) => { const end = performance.now() + ms; while (performance.now() < end); return 1 }"
    for (const face of [functions, other]) await face.deploy({ name: "busy", source })
    expect(await functions.invoke("busy", 60)).toBe(1)
    expect(await rejectionOf(functions.invoke("busy", 0))).toMatchObject({ code: "FN_007", retryAfterSeconds: 40 })
    expect(await other.invoke("busy", 0)).toBe(1)
    now += 40_000
    expect(await functions.invoke("busy", 0)).toBe(1)
  })
})
