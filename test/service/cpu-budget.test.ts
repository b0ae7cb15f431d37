import { describe, expect, it } from "vitest"
import type { FunctionsError } from "../../src/errors/functions-error.ts"
import { createCpuBudget } from "../../src/service/cpu-budget.ts"
import { openService, rejectionOf } from "./service.ts"

const toError = (error: unknown) => error as FunctionsError

let now = 1_000 * 60_000 + 20_000

describe("the CPU budget of an organisation", () => {
  it("refuses with FN_007 until the end of the minute what comes after it is used up", () => {
    let at = 45_500
    const budget = createCpuBudget({ msPerMinute: 100, now: () => at })
    const account = budget.open("a")
    account?.charge(99)
    budget.check("a")
    expect(account?.refusal()).toBeUndefined()
    account?.close(100)
    expect(() => budget.check("a")).toThrow(expect.objectContaining({ code: "FN_007", retryAfterSeconds: 15 }))
    expect(account?.refusal()).toContain("another 15 s")
    budget.check("b")
    at = 59_999
    expect(() => budget.check("a")).toThrow(expect.objectContaining({ retryAfterSeconds: 1 }))
    at = 60_000
    budget.check("a")
  })

  it("has no end where the host sets none", () => {
    const budget = createCpuBudget({ now: () => 0 })
    expect(budget.open("a")).toBeUndefined()
    budget.check("a")
  })

  it.each([0, -1, Number.NaN])("cannot be %d", (msPerMinute) => {
    expect(() => createCpuBudget({ msPerMinute, now: () => 0 })).toThrow(RangeError)
  })
})

describe("a service with a CPU budget", () => {
  // So much work, not so much time: a machine that is busy with others spends the time on these.
  const busy = "export default (rounds) => { let n = 0; while (n < rounds * 20_000) n++; return 1 }"
  const crowded = openService({ sandbox: { cpuMsPerMinute: 200, threads: 1 }, now: () => now })

  it("begins none of the calls that came before the time was used up", async () => {
    const { functions } = crowded
    await functions.deploy({ name: "busy", source: busy, config: { cpu: 10 } })
    await functions.deploy({ name: "one", source: busy, config: { cpu: 10, concurrency: 1 } })
    for (const name of ["busy", "one"]) {
      now += 60_000
      const runs = Array.from({ length: 20 }, () => functions.run(name, 120).catch((error) => ({ error })))
      const codes = (await Promise.all(runs)).map(({ error }) => error?.code ?? "ran")
      expect(codes.filter((code) => code === "FN_007").length).toBeGreaterThan(10)
      expect(codes[0]).toBe("ran")
    }
  })

  it("says of each of them when the minute ends, to callers over HTTP too", async () => {
    const { functions } = crowded
    await functions.deploy({ name: "busy", source: busy, config: { cpu: 10 } })
    const send = (rounds: number) => {
      const headers = { "content-type": "application/json" }
      const request = { method: "POST", headers, body: String(rounds) }
      return functions.fetch(new Request("http://localhost/functions/busy/invoke", request))
    }
    await send(0)
    now += 60_000
    const responses = Promise.all(Array.from({ length: 20 }, () => send(120)))
    const ends = Array.from({ length: 20 }, () => functions.invoke("busy", 120).then(() => undefined, toError))
    const ended = (await Promise.all(ends)).filter((error) => error?.invocationId !== undefined)
    expect(new Set(ended.map((error) => error?.retryAfterSeconds))).toEqual(new Set([40]))
    const refused = (await responses).filter(
      ({ status, headers }) => status === 429 && headers.has("inlay-invocation-id"),
    )
    expect(new Set(refused.map(({ headers }) => headers.get("retry-after")))).toEqual(new Set(["40"]))
  })

  const service = openService({ sandbox: { cpuMsPerMinute: 20 }, now: () => now })

  it("serves other organisations, and the same one in the next minute", async () => {
    const { functions } = service
    const other = functions.organisation("other")
    for (const face of [functions, other]) await face.deploy({ name: "busy", source: busy, config: { cpu: 10 } })
    expect(await functions.invoke("busy", 60)).toBe(1)
    expect(await rejectionOf(functions.invoke("busy", 0))).toMatchObject({ code: "FN_007", retryAfterSeconds: 40 })
    expect(await other.invoke("busy", 0)).toBe(1)
    now += 40_000
    expect(await functions.invoke("busy", 0)).toBe(1)
  })
})
