import { afterEach, describe, expect, it, vi } from "vitest"
import type { SandboxCall } from "../../src/sandbox/call/sandbox-call.ts"
import { Parking } from "../../src/sandbox/pool/parking.ts"
import { elapsedSince } from "../../src/sandbox/protocol.ts"
import { createQuickJsRuntime } from "../../src/sandbox/quickjs-runtime.ts"
import { call, failureOf, offline, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const endless = (over = {}) => versionOf("export default () => { for (;;); }", over)

describe("a runtime that is closed", () => {
  it("ends what is still under way, loads too", async () => {
    const runtime = createQuickJsRuntime({ http: offline, threads: 1 })
    await runtime.ready()
    const running = call(runtime, endless({ cpuMs: 60_000, timeoutMs: 60_000 }))
    const loading = runtime.load(versionOf("for (;;); export default () => 1", { cpuMs: 60_000, timeoutMs: 60_000 }))
    loading.catch(() => {})
    const waiting = call(runtime, versionOf("export default () => new Promise((done) => setTimeout(done, 60_000))"))
    await new Promise((resolve) => setTimeout(resolve, 30))
    await runtime.close(0)
    expect(failureOf(await running)).toMatchObject({ code: "FN_008" })
    expect(failureOf(await waiting)).toMatchObject({ code: "FN_008" })
    await expect(loading).rejects.toMatchObject({ code: "FN_008" })
    await expect(call(runtime, endless())).rejects.toMatchObject({ code: "FN_008" })
  })

  it("lets running calls finish within its grace", async () => {
    const runtime = createQuickJsRuntime({ http: offline, threads: 1 })
    const version = versionOf("export default () => new Promise((done) => setTimeout(done, 50, 'finished'))")
    const running = call(runtime, version)
    await runtime.close(10_000)
    expect(outputOf(await running)).toBe("finished")
  })
})

describe("options", () => {
  it.each([{ threads: 0 }, { threads: -1 }, { threads: 1.5 }, { maxQueued: 0 }])("are checked: %j", (options) => {
    expect(() => createQuickJsRuntime({ http: offline, ...options })).toThrow(RangeError)
  })

  it("refuses more memory than the engine can have", async () => {
    const runtime = openRuntime({ threads: 1 })
    await expect(call(runtime, versionOf("export default () => 1", { memoryMb: 2048 }))).rejects.toMatchObject({
      code: "FN_006",
      issues: [{ path: "memory" }],
    })
  })
})

describe("the time that a stretch has run", () => {
  it.each([0, 1000, 2 ** 31 - 5, 2 ** 31 + 10, 3 * 2 ** 31])("is right however long the pool lives: %d ms", (start) => {
    const [stored = 0] = Int32Array.of(start)
    expect(elapsedSince(stored, start + 12.7)).toBe(12)
  })
})

describe("Parking", () => {
  const place = { parked: 0, discard: () => {}, swapOut: () => {} }
  const image = (bytes: number) => ({
    pages: { id: "i", runs: new Uint32Array(), bytes: new Uint8Array(bytes), breakAddress: 0, topAddress: 0 },
    over: undefined,
  })
  const waiting = (organisation: string) =>
    ({ version: versionOf("", { organisation }), parkedIn: undefined, image: undefined }) as unknown as SandboxCall

  it("counts what images hold, by organisation and in total", () => {
    const parking = new Parking({ maxBytes: 100, maxBytesOfOrganisation: 60 })
    const [one, two, three, four] = [waiting("a"), waiting("a"), waiting("b"), waiting("c")]
    expect(parking.swapOut(one, place, image(60))).toBe(true)
    expect(parking.swapOut(two, place, image(10))).toBe(false)
    parking.leave(two)
    expect(parking.swapOut(three, place, image(40))).toBe(true)
    expect(parking.swapOut(four, place, image(1))).toBe(false)
    parking.leave(four)
    parking.leave(one)
    expect(parking.swapOut(two, place, image(60))).toBe(true)
  })

  it("counts a call in its place once, however it leaves", () => {
    const parking = new Parking({ maxBytes: 100, maxBytesOfOrganisation: 60 })
    const one = waiting("a")
    parking.park(one, place)
    parking.park(one, place)
    expect(place.parked).toBe(1)
    parking.discard(one)
    parking.discard(one)
    expect(place.parked).toBe(0)
  })
})

describe("a host whose tests have stopped its clocks", () => {
  afterEach(() => void vi.restoreAllMocks())

  it.each([0, 4_000_000_000_000])("has its calls bounded by the machine's time: at %d", async (time) => {
    const runtime = openRuntime({ threads: 1 })
    await runtime.ready()
    vi.spyOn(Date, "now").mockReturnValue(time)
    vi.spyOn(performance, "now").mockReturnValue(0)
    const counting = versionOf("export default () => { let n = 0; while (n < 1e6) n++; return n }", { cpuMs: 60_000 })
    expect(outputOf(await call(runtime, counting))).toBe(1e6)
    const endlessly = call(runtime, endless({ cpuMs: 60_000, timeoutMs: 50 }))
    expect(failureOf(await endlessly)).toMatchObject({ message: "The call took longer than 50 ms." })
    const waiting = call(
      runtime,
      versionOf("export default () => new Promise((done) => setTimeout(done, 60_000))", { timeoutMs: 50 }),
    )
    expect(failureOf(await waiting)).toMatchObject({ message: "The call took longer than 50 ms." })
    const uninterrupted = versionOf("export default () => 'a'.repeat(2e6).indexOf('a'.repeat(1e6) + 'b')", {
      cpuMs: 50,
    })
    expect(failureOf(await call(runtime, uninterrupted))).toMatchObject({
      message: "The call used more than 50 ms of CPU time in one operation that cannot be interrupted.",
    })
  })
})
