import { describe, expect, it } from "vitest"
import { functionOf } from "./reuse.ts"
import { call, failureOf, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()

describe("a function with reuse", () => {
  it("keeps its module state from one call to the next", async () => {
    const { run } = functionOf(runtime, "count")
    const results = []
    for (let index = 0; index < 5; index++) results.push(await run())
    expect(results.map(outputOf)).toEqual([1, 2, 3, 4, 5])
    expect(results.map(({ coldStart }) => coldStart)).toEqual([true, false, false, false, false])
  })

  it("keeps it while it waits, beside others that do the same in the same thread", async () => {
    const single = openRuntime({ threads: 1 })
    const waiting = "async () => { const n = count(); await new Promise((done) => setTimeout(done, 5)); return n }"
    const all = [
      functionOf(runtime, waiting),
      functionOf(runtime, `${waiting} // another`),
      functionOf(runtime, `${waiting} // a third`),
    ]
    for (let round = 1; round <= 4; round++) {
      const calls = all.map(({ version, functionId }) => call(single, version, null, { functionId }))
      expect((await Promise.all(calls)).map(outputOf)).toEqual([round, round, round])
    }
  })

  it("has one call at a time in each instance", async () => {
    const { run } = functionOf(
      runtime,
      `async () => {
      globalThis.inside = (globalThis.inside ?? 0) + 1
      const most = globalThis.inside
      await new Promise((done) => setTimeout(done, 2))
      globalThis.inside--
      return [most, id, count()]
    }
    const id = Math.random()`,
    )
    const answers: [number, number, number][] = []
    for (let round = 0; round < 5; round++) {
      const results = await Promise.all(Array.from({ length: 10 }, () => run()))
      answers.push(...(results.map(outputOf) as [number, number, number][]))
    }
    expect(new Set(answers.map(([most]) => most))).toEqual(new Set([1]))
    for (const instance of new Set(answers.map(([, id]) => id))) {
      const counts = answers.filter(([, id]) => id === instance).map(([, , count]) => count)
      expect(counts.sort((a, b) => a - b)).toEqual(counts.map((_, index) => index + 1))
    }
  })

  it("has no more instances than it may: what comes at once beyond these leaves nothing behind", async () => {
    const { run, output } = functionOf(
      runtime,
      "async (ms) => { const n = count(); if (ms) await new Promise((done) => setTimeout(done, ms)); return n }",
      { maxInstances: 1 },
    )
    expect((await Promise.all([run(20), run(20), run(20)])).map(outputOf)).toEqual([1, 1, 1])
    expect(await output()).toBe(2)
    expect((await Promise.all([run(20), run(20)])).map(outputOf)).toEqual(expect.arrayContaining([3, 1]))
    expect(await output()).toBe(4)
  })

  it("has an instance for 1,000 calls", async () => {
    const { output } = functionOf(runtime, "count")
    for (let index = 1; index < 1000; index++) await output()
    expect([await output(), await output(), await output()]).toEqual([1000, 1, 2])
  })

  it("runs module code that reads the clock or randomness once for each instance", async () => {
    const { output } = functionOf(runtime, "() => [id, count()]; const id = Math.random()")
    const [id] = (await output()) as [number]
    expect(await output()).toEqual([id, 2])
  })

  it("begins anew after an error", async () => {
    const { run, output } = functionOf(
      runtime,
      "(fails) => { count(); if (fails) throw new Error('no'); return calls }",
    )
    expect([await output(), await output()]).toEqual([1, 2])
    expect(failureOf(await run(true))).toMatchObject({ message: "no" })
    expect([await output(), await output()]).toEqual([1, 2])
  })

  it("begins anew after too much CPU time, too much wall time, and a promise that never settles", async () => {
    const { run, output } = functionOf(
      runtime,
      `(what) => {
        count()
        if (what === "cpu") for (;;);
        if (what === "wall") return new Promise((done) => setTimeout(done, 60_000))
        if (what === "never") return new Promise(() => {})
        return calls
      }`,
      { cpuMs: 200, timeoutMs: 3000 },
    )
    const codes = { cpu: "FN_002", wall: "FN_002", never: "FN_004" }
    for (const [what, code] of Object.entries(codes)) {
      expect([await output(), await output()]).toEqual([1, 2])
      expect(failureOf(await run(what))).toMatchObject({ code })
    }
    expect(await output()).toBe(1)
  })

  it("begins anew after too much memory, also where the call got over it", async () => {
    const { run, output } = functionOf(
      runtime,
      `(what) => {
        const held = []
        const fill = () => { for (;;) held.push(new Uint8Array(1 << 20).fill(1)) }
        if (what === "fails") fill()
        if (what === "catches") try { fill() } catch { held.length = 0 }
        return count()
      }`,
      { cpuMs: 8000, memoryMb: 32 },
    )
    expect([await output(), await output()]).toEqual([1, 2])
    expect(failureOf(await run("fails"))).toMatchObject({ code: "FN_003" })
    expect([await output(), await output("catches"), await output()]).toEqual([1, 2, 1])
  })

  it("begins anew after a caller went away", async () => {
    const { run, output } = functionOf(
      runtime,
      "(waits) => { count(); return waits ? new Promise((done) => setTimeout(done, 60_000)) : calls }",
    )
    expect([await output(), await output()]).toEqual([1, 2])
    const controller = new AbortController()
    const running = run(true, { signal: controller.signal })
    await functionOf(runtime, "() => new Promise((done) => setTimeout(done, 20))").run()
    controller.abort()
    expect(failureOf(await running)).toMatchObject({ code: "FN_002" })
    expect(await output()).toBe(1)
  })

  it("begins anew after a call that ended well although its caller had gone away", async () => {
    const { run, output } = functionOf(
      runtime,
      `(waits, { signal }) => {
        count()
        return waits ? new Promise((done) => { setTimeout(done, 60_000); signal.onabort = () => done("tidy") }) : calls
      }`,
    )
    expect([await output(), await output()]).toEqual([1, 2])
    const controller = new AbortController()
    const running = run(true, { signal: controller.signal })
    await functionOf(runtime, "() => new Promise((done) => setTimeout(done, 20))").run()
    controller.abort()
    expect(outputOf(await running)).toBe("tidy")
    expect(await output()).toBe(1)
  })

  it("goes on as it was where a call's input is not JSON", async () => {
    const { output } = functionOf(runtime, "count")
    await output()
    await expect(output(null, { input: { type: "json", text: "{" } })).rejects.toThrow(SyntaxError)
    expect(await output()).toBe(2)
  })

  it("begins anew when it has grown beyond half of its memory", async () => {
    const { output } = functionOf(
      runtime,
      "(mb) => { (globalThis.held ??= []).push(new Uint8Array(mb << 20).fill(1)); return count() }",
      {
        memoryMb: 64,
      },
    )
    expect([await output(1), await output(1), await output(40), await output(1)]).toEqual([1, 2, 3, 1])
  })

  it("ends with its thread, and is kept no more while its version runs apart", async () => {
    const { run, output } = functionOf(
      runtime,
      "(hangs) => { if (hangs) 'a'.repeat(1e5).replace(/a/g, 'b'.repeat(1e5)); return count() }",
      { cpuMs: 300, memoryMb: 1024 },
    )
    expect([await output(), await output()]).toEqual([1, 2])
    expect(failureOf(await run(true)).code).toMatch(/FN_00[23]/)
    expect(await output()).toBe(1)
  })
})

describe("what a function with reuse keeps", () => {
  it("is not shared between organisations, with the same code and the same id", async () => {
    const code = "globalThis.seen ??= []; export default (secret) => { seen.push(secret); return seen }"
    const call_ = (organisation: string, secret: string) =>
      call(runtime, versionOf(code, { organisation, maxInstances: 2 }), secret, { functionId: "same" })
    expect(outputOf(await call_("a", "a's"))).toEqual(["a's"])
    expect(outputOf(await call_("b", "b's"))).toEqual(["b's"])
    expect(outputOf(await call_("a", "again"))).toEqual(["a's", "again"])
    expect(outputOf(await call_("b", "again"))).toEqual(["b's", "again"])
  })

  it("is not shared between functions of one organisation", async () => {
    const { output } = functionOf(runtime, "count")
    expect([await output(), await output(null, { functionId: "another" }), await output()]).toEqual([1, 1, 2])
  })

  it("ends when the environment changes", async () => {
    const { output } = functionOf(runtime, "(_, { env }) => [env.KEY, process.env.KEY, count()]")
    const environments = [{ KEY: "one" }, { KEY: "one" }, { KEY: "two" }, { KEY: "one" }]
    const answers = []
    for (const environment of environments) answers.push(await output(null, { environment }))
    expect(answers).toEqual([
      ["one", "one", 1],
      ["one", "one", 2],
      ["two", "two", 1],
      ["one", "one", 1],
    ])
  })

  it("ends when its function is retired, also what a call has just then", async () => {
    const { output, functionId, version } = functionOf(
      runtime,
      "async (ms) => { const n = count(); if (ms) await new Promise((done) => setTimeout(done, ms)); return n }",
    )
    expect([await output(), await output()]).toEqual([1, 2])
    runtime.retire?.(functionId)
    expect([await output(), await output()]).toEqual([1, 2])
    const running = output(30)
    await functionOf(runtime, "() => 1").output()
    runtime.retire?.(functionId)
    expect([await running, await output()]).toEqual([3, 1])
    runtime.forget(version.key)
    expect(await output()).toBe(1)
  })

  it("ends after five minutes without a call", async () => {
    let now = 1_000_000
    const aging = openRuntime({ threads: 1, now: () => now })
    const { version } = functionOf(runtime, "count")
    const run = async (laterMs: number) => {
      now += laterMs
      return outputOf(await call(aging, version, null, { functionId: "f" }))
    }
    expect([await run(0), await run(299_000), await run(299_000), await run(300_000)]).toEqual([1, 2, 3, 1])
  })

  it("gives way where all of it is more than the host allows: first that of the organisation that holds the most", async () => {
    const small = openRuntime({ threads: 1, maxKeptBytes: 20 << 20 })
    const code =
      "let calls = 0; const held = []; export default (mb) => { held.push(new Uint8Array(mb << 20).fill(1)); return ++calls }"
    const run = async (organisation: string, functionId: string, mb: number) =>
      outputOf(await call(small, versionOf(code, { organisation, maxInstances: 5 }), mb, { functionId }))
    expect([await run("modest", "one", 1), await run("greedy", "one", 8)]).toEqual([1, 1])
    expect(await run("greedy", "two", 12)).toBe(1)
    expect(await run("modest", "one", 0)).toBe(2)
    expect(await run("greedy", "two", 0)).toBe(2)
    expect(await run("greedy", "one", 0)).toBe(1)
  })
})
