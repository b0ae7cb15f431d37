import { readdirSync } from "node:fs"
import { runInNewContext } from "node:vm"
import { MessagePort } from "node:worker_threads"
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest"
import { defaultBounds } from "../../src/sandbox/call-bounds.ts"
import { readBaseImage } from "../../src/sandbox/engine/base-image.ts"
import { compileEngine } from "../../src/sandbox/engine/engine-build.ts"
import type { Instance } from "../../src/sandbox/engine/instance.ts"
import type { PageRuns } from "../../src/sandbox/engine/snapshot.ts"
import type { LoadTask } from "../../src/sandbox/pool/pool-task.ts"
import { Readiness } from "../../src/sandbox/pool/readiness.ts"
import { ThreadHandle } from "../../src/sandbox/pool/thread-handle.ts"
import { collectGarbage } from "../../src/sandbox/thread/collect-garbage.ts"
import { Instances } from "../../src/sandbox/thread/instances.ts"
import { VersionCache } from "../../src/sandbox/thread/version-cache.ts"
import { clockOfThread, systemThreadId } from "../../src/sandbox/thread-clock.ts"
import { openSandboxes, type Sandboxes } from "./memory-after.ts"
import { versionOf } from "./sandbox.ts"

const megabyte = 1_048_576
let sandboxes: Sandboxes
beforeAll(async () => {
  sandboxes = await openSandboxes()
})

describe("what a thread collects", () => {
  it("is whatever nobody holds any more, at once", async () => {
    const dropped = new WeakRef(new WebAssembly.Memory({ initial: 16, maximum: 16 }))
    await new Promise(setImmediate)
    collectGarbage()
    expect(dropped.deref()).toBeUndefined()
  })

  it("leaves the host without a collector of its own", () => {
    collectGarbage()
    expect(runInNewContext("typeof gc")).toBe("undefined")
  })
})

describe("a thread's stock", () => {
  const version = versionOf("", { organisation: "a", memoryMb: 64 })
  const open = () => {
    const collect = vi.fn()
    const make = vi.fn((memoryMb: number) => sandboxes.newInstance(memoryMb))
    return { instances: new Instances(make, collect), collect, make }
  }
  /** One that was used, and whose memory has become so large. */
  const grown = async (bytes: number): Promise<Instance> => {
    const instance = await sandboxes.newInstance()
    instance.restore("a", sandboxes.base)
    instance.engine.growTo(bytes)
    return instance
  }

  it("drops an instance that has grown far, and gives its memory back once, at rest", async () => {
    const { instances, collect, make } = open()
    instances.add(await grown(60 * megabyte), 64)
    expect(collect).not.toHaveBeenCalled()
    instances.collect()
    instances.collect()
    expect(collect).toHaveBeenCalledTimes(1)
    await instances.take(version)
    expect(make).toHaveBeenCalledTimes(1)
  })

  it("gives it back before there is another, where the thread came to no rest", async () => {
    const { instances, collect, make } = open()
    instances.add(await grown(60 * megabyte), 64)
    await instances.take(version)
    expect(collect).toHaveBeenCalledTimes(1)
    expect(collect.mock.invocationCallOrder[0]).toBeLessThan(make.mock.invocationCallOrder[0] ?? 0)
  })

  it("keeps what has grown less for the next call, and collects nothing", async () => {
    const { instances, collect } = open()
    const instance = await grown(40 * megabyte)
    instances.add(instance, 64)
    instances.collect()
    expect(await instances.take(version)).toBe(instance)
    expect(collect).not.toHaveBeenCalled()
  })

  it("gives up what has grown much when nothing came for a while, and nothing else", async () => {
    const { instances, collect, make } = open()
    const [light, heavy] = [await grown(20 * megabyte), await grown(40 * megabyte)]
    instances.add(heavy, 64)
    instances.add(light, 64)
    instances.trim()
    instances.collect()
    expect(collect).toHaveBeenCalledTimes(1)
    expect(await instances.take(version)).toBe(light)
    expect(await instances.take(version)).not.toBe(heavy)
    expect(make).toHaveBeenCalledTimes(1)
  })

  it("counts an instance that gave way to others", async () => {
    const { instances, collect } = open()
    for (let count = 0; count < 4; count++) instances.add(await grown(40 * megabyte), 64)
    instances.collect()
    expect(collect).toHaveBeenCalledTimes(1)
  })
})

describe("a thread without tasks", () => {
  it("is told once to give up what it has in stock, a hundred ticks after its last task", async () => {
    const post = vi.spyOn(MessagePort.prototype, "postMessage")
    onTestFinished(() => post.mockRestore())
    const trims = async () => {
      await new Promise(setImmediate)
      return post.mock.calls.filter(([batch]) => Array.isArray(batch) && batch[0]?.type === "trim").length
    }
    const setup = { compiled: compileEngine(), origin: performance.timeOrigin, bounds: defaultBounds }
    const [ready, answered] = [new Readiness(), new Readiness()]
    const thread = new ThreadHandle(setup, readBaseImage(), {
      message(handle, message) {
        if (message.type === "ready") {
          handle.markReady()
          ready.reach()
        } else if (message.type === "loaded") {
          handle.complete(message.slot)
          answered.reach()
        }
      },
      gone: () => {},
    })
    onTestFinished(async () => void (await thread.terminate()))
    const tick = (times: number) => {
      for (let count = 0; count < times; count++) thread.tick()
    }
    await ready.promise
    tick(300)
    expect(await trims()).toBe(0)
    const deadline = Date.now() + 60_000
    const task: LoadTask = {
      type: "load",
      id: 1,
      version: versionOf("export default 1"),
      deadline,
      settle: () => {},
    }
    thread.dispatch(task, undefined, false)
    tick(300)
    expect(await trims()).toBe(0)
    await answered.promise
    tick(99)
    expect(await trims()).toBe(0)
    tick(300)
    expect(await trims()).toBe(1)
  })
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
