import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type AdmittedFunction, createAdmission } from "../../src/service/admission.ts"
import { versionOf } from "../sandbox/sandbox.ts"
import { openService, rejectionOf } from "./service.ts"

const functionOf = (functionId: string, concurrency?: number): AdmittedFunction => ({
  functionId,
  name: functionId,
  concurrency,
  version: versionOf("", { timeoutMs: 30_000 }),
})

describe("admission", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("lets so many calls of a function through at once, and the others in the order in which they came", () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 20 }), async (places, calls) => {
        const admission = createAdmission({ concurrency: places })
        const one = functionOf("one")
        const begun: number[] = []
        for (let call = 0; call < calls; call++) {
          const waiting = admission.enter(one)
          if (waiting) void waiting.then(() => begun.push(call))
          else begun.push(call)
        }
        for (let ended = 0; ended < calls; ended++) {
          await Promise.resolve()
          expect(begun.length - ended).toBe(Math.min(places, calls - ended))
          admission.leave(one)
        }
        expect(begun).toEqual(Array.from({ length: calls }, (_, call) => call))
        expect(vi.getTimerCount()).toBe(0)
      }),
    ))

  it("counts each function by itself, and takes the function's own number before the host's", () => {
    const admission = createAdmission({ concurrency: 1 })
    expect(admission.enter(functionOf("one"))).toBeUndefined()
    expect(admission.enter(functionOf("two", 2))).toBeUndefined()
    expect(admission.enter(functionOf("two", 2))).toBeUndefined()
    expect(admission.enter(functionOf("two", 2))).toBeInstanceOf(Promise)
    expect(admission.enter(functionOf("one"))).toBeInstanceOf(Promise)
  })

  it("reaches a thousand at once without being told", () => {
    const admission = createAdmission()
    const one = functionOf("one")
    for (let call = 0; call < 1000; call++) expect(admission.enter(one)).toBeUndefined()
    expect(admission.enter(one)).toBeInstanceOf(Promise)
  })

  it("refuses what would wait beyond the bound with FN_007, until a place is free again", async () => {
    const admission = createAdmission({ maxQueued: 1 })
    const one = functionOf("one", 1)
    admission.enter(one)
    const waiting = admission.enter(one)
    expect(() => admission.enter(one)).toThrow(
      expect.objectContaining({ code: "FN_007", retryAfterSeconds: 1, message: expect.stringContaining("1 wait") }),
    )
    admission.leave(one)
    await waiting
    expect(admission.enter(one)).toBeInstanceOf(Promise)
  })

  it("ends a wait when its caller goes away, and gives its turn to the next", async () => {
    const admission = createAdmission({ concurrency: 1 })
    const one = functionOf("one")
    admission.enter(one)
    const controller = new AbortController()
    const gone = admission.enter(one, controller.signal)
    const next = admission.enter(one)
    controller.abort()
    expect(await rejectionOf(Promise.resolve(gone))).toMatchObject({ code: "FN_002" })
    admission.leave(one)
    await next
    expect(vi.getTimerCount()).toBe(0)
  })

  it("ends a wait that takes the whole of the call's wall time", async () => {
    const admission = createAdmission({ concurrency: 1 })
    const one = functionOf("one")
    admission.enter(one)
    const refused = rejectionOf(Promise.resolve(admission.enter(one)))
    vi.advanceTimersByTime(30_000)
    expect(await refused).toMatchObject({ code: "FN_007", message: expect.stringContaining("30000 ms") })
    admission.leave(one)
    expect(admission.enter(one)).toBeUndefined()
  })

  it.each([{ concurrency: 0 }, { concurrency: 1.5 }, { maxQueued: -1 }])("checks its options: %j", (options) => {
    expect(() => createAdmission(options)).toThrow(RangeError)
  })
})

describe("a function with a concurrency", () => {
  const service = openService({ admission: { maxQueued: 2 } })

  it("runs no more calls at once, keeps as many waiting as it may, and refuses the rest over HTTP with Retry-After", async () => {
    const { functions } = service
    await functions.deploy({
      name: "narrow",
      source: "export default (n) => new Promise((done) => setTimeout(done, 200, n))",
      config: { concurrency: 1 },
    })
    const overHttp = (body: string) =>
      functions.fetch(
        new Request("http://localhost/functions/narrow/invoke", {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        }),
      )
    expect(await (await overHttp("0")).json()).toBe(0)
    const answers = [1, 2, 3].map((n) => functions.invoke("narrow", n))
    const response = await overHttp("4")
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "1"])
    expect(await response.json()).toMatchObject({ code: "FN_007" })
    expect(await Promise.all(answers)).toEqual([1, 2, 3])
    const { items } = await functions.invocations.list({ function: "narrow" })
    expect(items).toHaveLength(4)
    const starts = items.map(({ startedAt }) => startedAt).reverse()
    // Each began only when the one before it had waited for its 200 ms, whatever the clocks round.
    for (const n of [2, 3]) expect((starts[n] ?? 0) - (starts[n - 1] ?? 0)).toBeGreaterThan(190)
  })

  it("is refused at deploy where the number makes no sense", async () => {
    const { functions } = service
    const source = "export default () => 1"
    expect(await rejectionOf(functions.deploy({ name: "none", source, config: { concurrency: 0 } }))).toMatchObject({
      code: "FN_006",
      issues: [{ path: "concurrency" }],
    })
  })
})
