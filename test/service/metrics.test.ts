import { describe, expect, it } from "vitest"
import { type ClosedWindow, createFunctions, type Facts, type FunctionsService } from "../../src/index.ts"
import { createTestFunctions } from "../../src/testing/index.ts"
import { openMemoryStorage } from "../metrics/memory-storage.ts"
import { rejectionOf, silent } from "./service.ts"

const points = async (functions: FunctionsService, key: string) =>
  (await functions.metrics.query({ key, function: "work", step: "1d" })).items

describe("metrics of a service", () => {
  it("have every call, those refused included, and how many were under way", async () => {
    await using functions = await createFunctions({
      authenticate: "open",
      logger: silent,
      admission: { concurrency: 1, maxQueued: 0 },
    })
    const refused: Facts["invocation.refused"][] = []
    functions.on("invocation.refused", (fact) => refused.push(fact))
    const source =
      "export default async (fail) => { await new Promise((go) => setTimeout(go, 20)); if (fail) throw new Error('no') }"
    const { functionId } = await functions.deploy({ name: "work", source })
    const first = functions.run("work", true)
    expect(await rejectionOf(functions.invoke("work"))).toMatchObject({ code: "FN_007" })
    await first
    expect(refused).toEqual([{ organisation: "default", functionId, name: "work", at: expect.any(Number) }])
    expect(await points(functions, "function.throttled")).toMatchObject([{ count: 1 }])
    expect(await points(functions, "function.errors")).toMatchObject([{ count: 1, mean: 1 }])
    expect(await points(functions, "function.concurrency")).toMatchObject([{ count: 1, max: 1 }])
    expect((await points(functions, "function.duration_ms"))[0]?.min).toBeGreaterThan(10)
    expect(functions.metrics.prometheus()).toContain('inlay_function_throttled_total{function="work"} 1')
    expect(functions.organisation("other").metrics.prometheus()).not.toContain("work")
    await functions.remove("work")
    expect(functions.metrics.prometheus()).not.toContain("work")
  })

  it("outlive the service, and are of the function and not of another by its name", async () => {
    const storage = await openMemoryStorage()
    const open = () => createFunctions({ authenticate: "open", storage: { ...storage, close: async () => {} } })
    const functions = await open()
    await functions.deploy({ name: "work", source: "export default () => 1" })
    await functions.invoke("work")
    functions.metrics.record([{ key: "orders", value: 5 }])
    await functions.close()
    const again = await open()
    expect((await again.metrics.query({ key: "orders" })).items).toMatchObject([{ count: 1, sum: 5 }])
    expect((await again.metrics.report("work")).total.invocations).toBe(1)
    await again.remove("work")
    await again.deploy({ name: "work", source: "export default () => 2" })
    expect((await again.metrics.report("work")).total.invocations).toBe(0)
    await again.close()
    await storage.close()
  })

  it("close with the minute of the test kit's clock", async () => {
    await using kit = await createTestFunctions()
    const told: ClosedWindow[] = []
    kit.functions.on("window.closed", (window) => told.push(window))
    await kit.functions.deploy({ name: "work", source: "export default () => 1" })
    await kit.functions.invoke("work")
    await kit.clock.advance("1m")
    expect(told).toEqual([])
    await kit.clock.advance("1s")
    expect(told.map(({ key }) => key).sort()).toEqual([
      "function.cold_starts",
      "function.concurrency",
      "function.cpu_ms",
      "function.duration_ms",
      "function.errors",
      "function.memory_bytes",
    ])
    await kit.clock.advance("1d")
    expect(told).toHaveLength(6)
    expect((await kit.functions.metrics.query({ key: "function.errors", range: "2d" })).items).toMatchObject([
      { count: 1 },
    ])
  })
})
