import { describe, expect, it } from "vitest"
import { call, failureOf, openRuntime, outputOf, versionOf } from "./sandbox.ts"

const runtime = openRuntime()
const innocent = versionOf("export default (n) => n + 1", { organisation: "innocent" })
const hostile = (code: string) =>
  versionOf(`export default async () => { ${code} }`, { organisation: "hostile", cpuMs: 300 })

describe("a call that takes too much", () => {
  it.each([
    ["an endless loop", "for (;;);"],
    ["an endless loop that catches everything", "for (;;) try { for (;;); } catch {}"],
    ["a regular expression that backtracks", "/^(a+)+$/.test('a'.repeat(40) + 'b')"],
    ["a sort whose comparison never ends", "[2, 1].sort(() => { for (;;); })"],
    ["promise jobs without end", "const again = () => Promise.resolve().then(again); await again()"],
    ["a native operation that polls nothing", "'a'.repeat(1e5).replace(/a/g, 'b'.repeat(1e5))"],
  ])("ends with FN_002: %s", async (_, code) => {
    expect(failureOf(await call(runtime, hostile(code)))).toMatchObject({ code: "FN_002", name: "TimeoutError" })
    expect(outputOf(await call(runtime, innocent, 1))).toBe(2)
  })

  it.each([
    ["buffers", "const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(7))"],
    ["objects", "const all = []; for (;;) all.push({ a: [1, 2, 3] })"],
    ["strings", "const all = []; for (;;) all.push('x'.repeat(1e6) + all.length)"],
    ["promise jobs, which vanish without a word", "const again = () => Promise.resolve().then(again); return again()"],
    [
      "objects, and catches the first error",
      "const all = []; try { for (;;) all.push({ a: [1] }) } catch {} for (;;) all.push({ a: [1] })",
    ],
  ])("ends with FN_003: memory full of %s", async (_, code) => {
    const version = versionOf(`export default () => { ${code} }`, {
      organisation: "hostile",
      memoryMb: 32,
      cpuMs: 5000,
    })
    expect(failureOf(await call(runtime, version)).code).toBe("FN_003")
    expect(outputOf(await call(runtime, innocent, 1))).toBe(2)
  })

  it.each([
    ["recursion", "const deep = () => deep() + 1; return deep()"],
    ["a getter that reads itself", "return { get x() { return this.x } }.x"],
    ["JSON nested 100,000 deep", "return JSON.parse('['.repeat(1e5) + ']'.repeat(1e5)).length"],
    [
      "an object nested 100,000 deep",
      "const top = {}; let at = top; for (let i = 0; i < 1e5; i++) at = at.a = {}; return JSON.stringify(top)",
    ],
    ["source nested 20,000 deep", "return eval('('.repeat(2e4) + '1' + ')'.repeat(2e4))"],
  ])("ends as the guest's own error, or is answered: %s", async (_, code) => {
    const version = versionOf(`export default () => { ${code} }`, { organisation: "hostile" })
    const { outcome } = await call(runtime, version)
    if (!outcome.ok) expect(["FN_002", "FN_003", "FN_004"]).toContain(outcome.code)
    expect(outputOf(await call(runtime, innocent, 1))).toBe(2)
  })

  it("ends with FN_002 when it waits past its deadline", async () => {
    const version = versionOf("export default () => new Promise((done) => setTimeout(done, 60_000))", { timeoutMs: 50 })
    expect(failureOf(await call(runtime, version))).toEqual({
      code: "FN_002",
      name: "TimeoutError",
      message: "The call took longer than 50 ms.",
    })
  })

  it("ends with FN_004 when nothing is left that could settle its promise", async () => {
    const version = versionOf("export default () => new Promise(() => {})")
    expect(failureOf(await call(runtime, version))).toMatchObject({
      code: "FN_004",
      message: expect.stringContaining("never settled"),
    })
  })

  it.each([
    ["over 10 MB", "'x'.repeat(11_000_000)", "larger than 10485760 bytes"],
    ["nested too deep", "let deep = 1; for (let i = 0; i < 1500; i++) deep = [deep]; return deep", "nested deeper"],
    ["full of values", "return Array.from({ length: 600_000 }, () => 1)", "more than 500000 values"],
    [
      "full of keys",
      "return Object.fromEntries(Array.from({ length: 250_000 }, (_, i) => [i, 1]))",
      "more than 200000 keys",
    ],
  ])("ends with FN_004 when its result is %s", async (_, code, message) => {
    const body = code.startsWith("'") ? `return ${code}` : code
    const version = versionOf(`export default () => { ${body} }`, { cpuMs: 10_000 })
    expect(failureOf(await call(runtime, version))).toMatchObject({
      code: "FN_004",
      message: expect.stringContaining(message),
    })
  })

  it("keeps its last lines of output back when there are too many, and says so", async () => {
    const { logs } = await call(
      runtime,
      versionOf("export default () => { for (let i = 0; i < 5000; i++) console.log(i) }"),
    )
    expect(logs).toHaveLength(1001)
    expect(logs.at(-1)).toMatchObject({ level: "warn", message: "Further output of this call was dropped." })
  })
})

describe("beside hostile calls", () => {
  it("other calls are answered and the host's event loop goes on", async () => {
    let turns = 0
    const turning = setInterval(() => turns++, 1)
    const loops = Array.from({ length: 4 }, () => call(runtime, hostile("for (;;);")))
    const answers = await Promise.all(Array.from({ length: 40 }, (_, n) => call(runtime, innocent, n)))
    expect(answers.map(outputOf)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1))
    for (const loop of await Promise.all(loops)) expect(failureOf(loop).code).toBe("FN_002")
    clearInterval(turning)
    expect(turns).toBeGreaterThan(0)
  })

  it("a killed thread costs only the call that ran in it", async () => {
    const uninterruptible = hostile("'a'.repeat(1e5).replace(/a/g, 'b'.repeat(1e5))")
    const waiting = versionOf(
      "export default async (n) => { const own = [n]; await new Promise((done) => setTimeout(done, 600)); return own }",
    )
    const kills = Array.from({ length: 2 }, () => call(runtime, uninterruptible))
    const waits = Array.from({ length: 20 }, (_, n) => call(runtime, waiting, n))
    const quick = Array.from({ length: 200 }, (_, n) => call(runtime, innocent, n))
    expect((await Promise.all(waits)).map(outputOf)).toEqual(Array.from({ length: 20 }, (_, n) => [n]))
    expect((await Promise.all(quick)).map(outputOf)).toEqual(Array.from({ length: 200 }, (_, n) => n + 1))
    for (const kill of await Promise.all(kills)) expect(failureOf(kill).code).toBe("FN_002")
  })

  it("one organisation cannot take every thread", async () => {
    const single = openRuntime({ threads: 1 })
    await single.ready()
    const loops = Array.from({ length: 6 }, () => call(single, hostile("for (;;);")))
    let open = loops.length
    for (const loop of loops) void loop.then(() => open--)
    expect(outputOf(await call(single, innocent, 1))).toBe(2)
    expect(open).toBeGreaterThan(0)
    await Promise.all(loops)
  })

  it("more calls than may wait are refused with FN_007", async () => {
    const small = openRuntime({ threads: 1, maxQueued: 3 })
    await small.ready()
    const results = await Promise.allSettled(Array.from({ length: 60 }, () => call(small, hostile("for (;;);"))))
    const refused = results.filter((result) => result.status === "rejected")
    expect(refused.length).toBeGreaterThan(0)
    for (const { reason } of refused) expect(reason).toMatchObject({ code: "FN_007", retryAfterSeconds: 1 })
  })
})
