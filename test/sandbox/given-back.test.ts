import { readdirSync, readFileSync } from "node:fs"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest"
import type { Instance } from "../../src/sandbox/engine/instance.ts"
import type { PageRuns } from "../../src/sandbox/engine/snapshot.ts"
import { findCollector } from "../../src/sandbox/thread/collect-garbage.ts"
import { Idleness } from "../../src/sandbox/thread/idleness.ts"
import { Instances } from "../../src/sandbox/thread/instances.ts"
import { VersionCache } from "../../src/sandbox/thread/version-cache.ts"
import { clockOfThread, systemThreadId } from "../../src/sandbox/thread-clock.ts"
import { openSandboxes, type Sandboxes } from "./memory-after.ts"
import { call, offline, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const megabyte = 1_048_576
let sandboxes: Sandboxes
beforeAll(async () => {
  sandboxes = await openSandboxes()
})

describe("a thread's collector", () => {
  it("frees whatever nobody holds any more, at once", async () => {
    const collect = findCollector()
    const dropped = new WeakRef(new WebAssembly.Memory({ initial: 16, maximum: 16 }))
    await new Promise(setImmediate)
    collect()
    expect(dropped.deref()).toBeUndefined()
  })

  it("leaves the host without one of its own", () => {
    findCollector()
    expect(runInNewContext("typeof gc")).toBe("undefined")
  })

  it("leaves the host the one that it has asked for itself", () => {
    setFlagsFromString("--expose-gc")
    onTestFinished(() => setFlagsFromString("--no-expose-gc"))
    findCollector()
    expect(runInNewContext("typeof gc")).toBe("function")
  })
})

/** One that was used, and whose memory has become so large. */
async function grown(bytes: number): Promise<Instance> {
  const instance = await sandboxes.newInstance()
  instance.restore("a", sandboxes.base)
  instance.engine.growTo(bytes)
  return instance
}

function openStock() {
  const collect = vi.fn()
  const make = vi.fn((memoryMb: number) => sandboxes.newInstance(memoryMb))
  return { instances: new Instances(make, collect), collect, make }
}

describe("a thread's stock", () => {
  const version = versionOf("", { organisation: "a", memoryMb: 64 })

  it("drops an instance that has grown far, and gives its memory back once", async () => {
    const { instances, collect, make } = openStock()
    instances.add(await grown(60 * megabyte), 64)
    expect(collect).not.toHaveBeenCalled()
    instances.collect()
    instances.collect()
    expect(collect).toHaveBeenCalledTimes(1)
    await instances.take(version)
    expect(make).toHaveBeenCalledTimes(1)
  })

  it("gives it back before there is another only where it is much", async () => {
    const { instances, collect, make } = openStock()
    for (let count = 0; count < 2; count++) instances.add(await grown(40 * megabyte), 64)
    instances.trim(sandboxes.base)
    expect(instances.owes).toBe(true)
    await instances.take(version)
    expect(collect).toHaveBeenCalledTimes(1)
    expect(collect.mock.invocationCallOrder[0]).toBeLessThan(make.mock.invocationCallOrder[0] ?? 0)
    instances.add(await grown(40 * megabyte), 64)
    instances.trim(sandboxes.base)
    expect(instances.owes).toBe(true)
    await instances.take(version)
    expect(collect).toHaveBeenCalledTimes(1)
  })

  it("keeps what has grown less for the next call, and collects nothing", async () => {
    const { instances, collect } = openStock()
    const instance = await grown(40 * megabyte)
    instances.add(instance, 64)
    instances.collect()
    expect(await instances.take(version)).toBe(instance)
    expect(collect).not.toHaveBeenCalled()
  })

  it("has grown by 48 MB at most, whatever the memory classes: the oldest that has grown goes", async () => {
    const { instances, collect, make } = openStock()
    const [small, first, second] = [await grown(0), await grown(44 * megabyte), await grown(44 * megabyte)]
    instances.add(small, 32)
    instances.add(first, 40)
    instances.add(second, 41)
    instances.collect()
    expect(collect).toHaveBeenCalledTimes(1)
    expect(await instances.take(versionOf("", { memoryMb: 32 }))).toBe(small)
    expect(await instances.take(versionOf("", { memoryMb: 41 }))).toBe(second)
    expect(make).not.toHaveBeenCalled()
    expect(await instances.take(versionOf("", { memoryMb: 40 }))).not.toBe(first)
  })

  it("gives up what has grown much where nothing came for long, and nothing else", async () => {
    const { instances, collect, make } = openStock()
    const [light, heavy] = [await grown(20 * megabyte), await grown(40 * megabyte)]
    instances.add(heavy, 64)
    instances.add(light, 64)
    instances.trim(sandboxes.base)
    instances.collect()
    expect(collect).toHaveBeenCalledTimes(1)
    expect(await instances.take(version)).toBe(light)
    expect(await instances.take(version)).not.toBe(heavy)
    expect(make).toHaveBeenCalledTimes(1)
  })

  it("holds no version's snapshot then", async () => {
    const { instances } = openStock()
    const instance = await grown(0)
    const { breakAddress, topAddress } = sandboxes.base
    const difference = { id: "a", runs: new Uint32Array(), bytes: new Uint8Array(), breakAddress, topAddress }
    instance.restore("a", new VersionCache().snapshotOf(sandboxes.base, difference))
    instances.add(instance, 64)
    expect(instance.restoredTo).toBe(difference)
    instances.trim(sandboxes.base)
    expect(instance.restoredTo).toBeUndefined()
    expect(instance.owner).toBe("a")
  })

  it("counts what cannot be used again in full", async () => {
    const { instances } = openStock()
    const instance = await grown(0)
    instance.broken = true
    instances.add(instance, 64)
    expect(instances.owes).toBe(true)
  })

  it("gives a call whose instance is kept none that another has made large, and counts what that takes itself", async () => {
    const { instances } = openStock()
    const large = await grown(40 * megabyte)
    instances.add(large, 64)
    const own = await instances.take(version, 1)
    expect(own).not.toBe(large)
    expect(instances.keep(1, own, 64)?.bytes).toBe(own.heldBytes)
    own.engine.growTo(36 * megabyte)
    own.restore("a", sandboxes.base)
    expect(own.heldBytes).toBeLessThan(20 * megabyte)
    expect(instances.keep(1, own, 64)?.bytes).toBeGreaterThanOrEqual(20 * megabyte)
    own.engine.growTo(56 * megabyte)
    own.restore("a", sandboxes.base)
    expect(instances.keep(1, own, 64)).toBeUndefined()
  })
})

describe("a thread that has nothing to do", () => {
  const open = () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] })
    onTestFinished(() => void vi.useRealTimers())
    const stock = openStock()
    const versions = new VersionCache()
    return { ...stock, versions, idleness: new Idleness(stock.instances, versions, () => sandboxes.base) }
  }

  it("collects after a moment, unless something comes before", async () => {
    const { idleness, instances, collect } = open()
    instances.add(await grown(60 * megabyte), 64)
    for (let calls = 0; calls < 10; calls++) {
      idleness.begin()
      vi.advanceTimersByTime(2)
      idleness.end()
    }
    vi.advanceTimersByTime(100)
    expect(collect).not.toHaveBeenCalled()
    idleness.begin()
    vi.advanceTimersByTime(5)
    expect(collect).toHaveBeenCalledTimes(1)
  })

  it("gives up its stock after ten seconds, and again what came into it since, but not between calls", async () => {
    const { idleness, instances, versions, collect } = open()
    const { heapStart } = sandboxes.base.addresses
    const { breakAddress, topAddress } = sandboxes.base
    const runs = Uint32Array.of(heapStart, 4096)
    versions.snapshotOf(sandboxes.base, { id: "a", runs, bytes: new Uint8Array(4096), breakAddress, topAddress })
    instances.add(await grown(40 * megabyte), 64)
    for (let calls = 0; calls < 10; calls++) {
      idleness.begin()
      vi.advanceTimersByTime(9000)
      idleness.end()
      vi.advanceTimersByTime(9000)
    }
    expect(versions.composedBytes).toBeGreaterThan(0)
    idleness.begin()
    vi.advanceTimersByTime(9000)
    expect(collect).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1100)
    expect(collect).toHaveBeenCalledTimes(1)
    expect(versions.composedBytes).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
    idleness.end()
    instances.add(await grown(40 * megabyte), 64)
    idleness.begin()
    vi.advanceTimersByTime(10_100)
    expect(collect).toHaveBeenCalledTimes(2)
  })
})

describe.skipIf(process.platform !== "linux")("the process of a sandbox", () => {
  /** Mappings without a name that hold what a call of 60 MB needs. */
  const large = () => {
    const mappings = readFileSync("/proc/self/smaps", "utf8").matchAll(
      /^[\da-f]+-[\da-f]+ rw\S+ \S+ \S+ 0 *\n(?:\w+: .*\n)*?Rss: +(\d+)/gm,
    )
    return [...mappings].filter(([, kilobytes]) => Number(kilobytes) >= 60 * 1024 && Number(kilobytes) < 130 * 1024)
      .length
  }

  it("has the memory of a large call for as long as it runs", async () => {
    const before = large()
    let during = 0
    const fetch = async () => {
      await vi.waitFor(() => expect(large()).toBeGreaterThan(before), 20_000)
      during = large()
      return { status: 204, statusText: "", headers: [], body: new Uint8Array(), url: "http://a/", redirected: false }
    }
    // V8 itself would look after some eight seconds, in a thread that is not heard of again.
    setFlagsFromString("--no-memory-reducer")
    onTestFinished(() => setFlagsFromString("--memory-reducer"))
    const runtime = openRuntime({ threads: 1, http: { ...offline, fetch } })
    const code = `export default async () => {
      const filled = new Uint8Array(60 * 1048576).fill(1);
      await fetch("http://a/");
      return filled[1];
    }`
    const result = await call(runtime, versionOf(code, { memoryMb: 128, cpuMs: 20_000 }))
    expect(outputOf(result)).toBe(1)
    expect(during).toBeGreaterThan(before)
    await vi.waitFor(() => expect(large()).toBe(before), 20_000)
  }, 60_000)
})

describe("the snapshots that a thread has put together", () => {
  it("go when nobody needed them for 10 s and another comes", () => {
    let now = 0
    const cache = new VersionCache(() => now)
    const { heapStart } = sandboxes.base.addresses
    const difference = (id: string): PageRuns => ({
      id,
      runs: Uint32Array.of(heapStart, 4096),
      bytes: new Uint8Array(4096),
      breakAddress: sandboxes.base.breakAddress,
      topAddress: sandboxes.base.topAddress,
    })
    const [first, second, third] = [difference("a"), difference("b"), difference("c")]
    const kept = cache.snapshotOf(sandboxes.base, first)
    const size = cache.composedBytes
    cache.snapshotOf(sandboxes.base, second)
    now = 9000
    expect(cache.snapshotOf(sandboxes.base, first)).toBe(kept)
    expect(cache.composedBytes).toBe(2 * size)
    now = 11_000
    cache.snapshotOf(sandboxes.base, third)
    expect(cache.composedBytes).toBe(2 * size)
    expect(cache.snapshotOf(sandboxes.base, first)).toBe(kept)
  })
})

describe("the clock of another thread", () => {
  it("holds no file and leaves no buffers behind", () => {
    const clock = clockOfThread(systemThreadId())
    const first = clock() ?? Number.NaN
    const files = () => readdirSync("/proc/self/fd").length
    const [filesBefore, bytesBefore] = [files(), process.memoryUsage().arrayBuffers]
    for (let look = 0; look < 100; look++) clock()
    expect(process.memoryUsage().arrayBuffers - bytesBefore).toBeLessThan(megabyte)
    expect(files()).toBe(filesBefore)
    expect(clock()).toBeGreaterThanOrEqual(first)
  })

  it("tells nothing of a thread that is not there", () => {
    expect(clockOfThread(2 ** 30)()).toBeNull()
  })
})
