import { describe, expect, it, vi } from "vitest"
import { Quarantine } from "../../src/sandbox/pool/quarantine.ts"
import { ThreadHandle } from "../../src/sandbox/pool/thread-handle.ts"
import { call, failureOf, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const uninterruptible = "'a'.repeat(2e6).indexOf('a'.repeat(1e6) + 'b')"
const killer = (name: string) =>
  versionOf(`export default (kills) => kills ? ${uninterruptible} : "${name}"`, {
    organisation: "hostile",
    cpuMs: 150,
  })

describe("Quarantine", () => {
  const minute = 60_000

  it("keeps a version out for longer with every kill, and forgives it after quiet time", () => {
    let now = 0
    const quarantine = new Quarantine(() => now)
    expect([quarantine.has("v"), quarantine.refusedForMs("v")]).toEqual([false, 0])
    const pauses = Array.from({ length: 12 }, () => {
      quarantine.add("v")
      const pause = quarantine.refusedForMs("v")
      now += pause
      return pause
    })
    expect(pauses.slice(0, 5)).toEqual([0, 1000, 2000, 4000, 8000])
    expect(Math.max(...pauses)).toBe(5 * minute)
    expect(quarantine.has("v")).toBe(true)
    expect(quarantine.has("another")).toBe(false)
    now += 10 * minute + 1
    expect([quarantine.has("v"), quarantine.refusedForMs("v")]).toEqual([false, 0])
    quarantine.add("v")
    expect(quarantine.refusedForMs("v")).toBe(0)
  })

  it("counts kills by calls that were accepted before the pause once", () => {
    let now = 0
    const quarantine = new Quarantine(() => now)
    for (let kill = 0; kill < 5; kill++) quarantine.add("v")
    expect(quarantine.refusedForMs("v")).toBe(1000)
    now = 1000
    expect(quarantine.refusedForMs("v")).toBe(0)
  })

  it("remembers no more versions than it may", () => {
    const quarantine = new Quarantine(() => 0)
    for (let version = 0; version < 10_001; version++) quarantine.add(String(version))
    expect([quarantine.has("0"), quarantine.has("1"), quarantine.has("10000")]).toEqual([false, true, true])
  })
})

describe("a version that cost a thread", () => {
  it("goes on apart, is refused for a while when it does it again, and let in afterwards", async () => {
    let now = 1_000_000
    const runtime = openRuntime({ now: () => now })
    const version = killer("forgiven")
    expect(failureOf(await call(runtime, version, 1)).code).toBe("FN_002")
    expect(outputOf(await call(runtime, version))).toBe("forgiven")
    expect(failureOf(await call(runtime, version, 1)).code).toBe("FN_002")
    await expect(call(runtime, version)).rejects.toMatchObject({ code: "FN_007", retryAfterSeconds: 1 })
    await expect(runtime.load(version)).rejects.toMatchObject({ code: "FN_007" })
    expect(outputOf(await call(runtime, killer("another")))).toBe("another")
    now += 1000
    expect(outputOf(await call(runtime, version))).toBe("forgiven")
    now += 700_000
    expect(outputOf(await call(runtime, version))).toBe("forgiven")
  })

  it("keeps the calls of its own that wait", async () => {
    const runtime = openRuntime({ threads: 1 })
    const version = versionOf(
      `export default (kills) => kills ? ${uninterruptible} : new Promise((done) => setTimeout(done, 500, "woken"))`,
      { organisation: "hostile", cpuMs: 150 },
    )
    const waits = Array.from({ length: 5 }, () => call(runtime, version))
    expect(failureOf(await call(runtime, version, 1)).code).toBe("FN_002")
    expect((await Promise.all(waits)).map(outputOf)).toEqual(Array(5).fill("woken"))
  })
})

describe("a call whose thread was lost", () => {
  it("runs again by itself where its code had not begun, once", async () => {
    const runtime = openRuntime({ threads: 1 })
    await runtime.ready()
    const begun = vi.spyOn(ThreadHandle.prototype, "lastBegun", "get").mockReturnValue(false)
    const terminated = vi.spyOn(ThreadHandle.prototype, "terminate")
    expect(failureOf(await call(runtime, killer("twice"), 1)).code).toBe("FN_002")
    expect(new Set(terminated.mock.contexts).size).toBe(2)
    begun.mockRestore()
    terminated.mockRestore()
  })
})

describe("twenty kills under load", () => {
  it("leave no call unanswered, and nothing behind", async () => {
    const runtime = openRuntime()
    const innocent = versionOf("export default (n) => n + 1", { organisation: "innocent" })
    let open = true
    let served = 0
    const load = async () => {
      while (open) expect(outputOf(await call(runtime, innocent, ++served))).toBe(served + 1)
    }
    const serving = load()
    const round = async (from: number) => {
      const kills = Array.from({ length: 10 }, (_, n) => call(runtime, killer(`killer ${from + n}`), 1))
      for (const kill of await Promise.all(kills)) expect(failureOf(kill).code).toBe("FN_002")
      return workers()
    }
    const before = await round(0)
    const servedBefore = served
    const after = await round(10)
    open = false
    await serving
    expect(served).toBeGreaterThan(servedBefore)
    expect(after).toBeLessThanOrEqual(before + 1)
  })
})

/** How many threads this process has. */
function workers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length
}
