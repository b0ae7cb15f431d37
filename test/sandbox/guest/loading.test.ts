import { describe, expect, it } from "vitest"
import { createGuest } from "./harness.ts"

const loaded = (code: string): ReturnType<typeof createGuest> => createGuest().load(code)

describe("While a module loads", () => {
  it.each([
    ["setTimeout", "setTimeout(() => 1, 1)"],
    ["setInterval", "setInterval(() => 1, 1)"],
    ["AbortSignal.timeout", "AbortSignal.timeout(5)"],
    ["fetch", "fetch('http://a.test/')"],
  ])("%s throws and says where it belongs", (name, code) => {
    const guest = loaded(
      `let message; try { ${code} } catch (error) { message = error.message }; export default () => message`,
    )
    expect(guest.start().output()).toBe(`${name} is not available while a module loads; do it inside the handler`)
    expect(guest.named("timer").concat(guest.named("fetch"))).toEqual([])
  })

  it.each([
    ["Math.random()", "randomness"],
    ["crypto.randomUUID()", "randomness"],
    ["crypto.getRandomValues(new Uint8Array(4))", "randomness"],
    ["process.env.A", "environment"],
    ["globalThis[Symbol.for('inlay.sdk')].env('A')", "environment"],
  ])("%s is reported, once", (code, what) => {
    expect(loaded(`${code}; ${code}; export default () => 1`).json("impure")).toEqual([what])
  })

  it("each sort of impurity is reported", () => {
    expect(loaded("Math.random(); process.env.A; export default () => 1").json("impure")).toEqual([
      "randomness",
      "environment",
    ])
  })

  it("what reads none of them is not reported, and neither is what a handler reads", () => {
    const guest = loaded(
      "new URL('http://a.test'); console.log('hi'); structuredClone({}); export default () => [Math.random(), process.env.A, crypto.randomUUID()]",
    )
    guest.start()
    expect(guest.json("impure")).toEqual([])
    expect(guest.logs()).toEqual(["hi"])
  })

  it("the environment is empty, unless the module is evaluated for one call", () => {
    const code = "const a = process.env.A; export default () => [a ?? null, process.env.A]"
    expect(
      loaded(code)
        .start({ env: { A: "1" } })
        .output(),
    ).toEqual([null, "1"])
    const fresh = createGuest().load(code, "default", { env: { A: "1" }, seed: [9, 9, 9, 9] })
    expect(fresh.start({ env: { A: "1" } }).output()).toEqual(["1", "1"])
  })

  it("randomness follows the seed where the module is evaluated for one call", () => {
    const code = "const a = Math.random(); export default () => a"
    const value = (seed: readonly number[]): unknown =>
      createGuest().load(code, "default", { env: {}, seed }).start().output()
    expect(value([1, 2, 3, 4])).toBe(value([1, 2, 3, 4]))
    expect(value([1, 2, 3, 4])).not.toBe(value([1, 2, 3, 5]))
  })
})

describe("Randomness", () => {
  const guest = createGuest().load("export default () => Array.from({ length: 50 }, () => Math.random())")
  const sequence = (seed: readonly [number, number, number, number]): number[] => {
    guest.calls.length = 0
    return guest.start({ seed }).output() as number[]
  }

  it("is the same for the same seed, in one memory and in another", () => {
    const other = createGuest().load("export default () => Array.from({ length: 50 }, () => Math.random())")
    expect(sequence([1, 2, 3, 4])).toEqual(sequence([1, 2, 3, 4]))
    expect(other.start({ seed: [1, 2, 3, 4] }).output()).toEqual(sequence([1, 2, 3, 4]))
  })

  it("differs wherever the seed differs in one bit", () => {
    const seeds = [
      [1, 2, 3, 4],
      [0, 2, 3, 4],
      [1, 3, 3, 4],
      [1, 2, 2, 4],
      [1, 2, 3, 5],
      [0, 0, 0, 0],
      [0, 0, 0, 2 ** 31],
    ] as const
    const first = seeds.map((seed) => sequence(seed)[0])
    expect(new Set(first).size).toBe(seeds.length)
  })

  it("lies in [0, 1) and spreads", () => {
    const values = sequence([5, 6, 7, 8])
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(new Set(values).size).toBe(50)
    expect(Math.min(...values)).toBeLessThan(0.2)
    expect(Math.max(...values)).toBeGreaterThan(0.8)
  })

  it("of crypto comes from the host for each call", () => {
    const uuid = createGuest()
      .load("export default () => [crypto.randomUUID(), [...crypto.getRandomValues(new Uint16Array(2))]]")
      .start()
    expect(uuid.output()).toEqual(["01020304-0506-4708-890a-0b0c0d0e0f10", [0x1211, 0x1413]])
    expect(uuid.named("random").map(({ text }) => text)).toEqual(["16", "4"])
  })
})

describe("Time", () => {
  it("begins with the call", () => {
    const [before, beganAt] = [performance.now(), Date.now()]
    const [now, origin] = createGuest()
      .load("export default () => [performance.now(), performance.timeOrigin]")
      .start()
      .output() as [number, number]
    expect(now).toBeGreaterThanOrEqual(0)
    expect(now).toBeLessThanOrEqual(performance.now() - before + 1)
    expect(origin).toBeGreaterThanOrEqual(beganAt - 1)
    expect(origin).toBeLessThanOrEqual(Date.now() + 1)
  })

  it("begins with the module where its code reads it", () => {
    const guest = createGuest()
    const before = performance.now()
    const at = guest.load("const at = performance.now(); export default () => at").start().output() as number
    expect(at).toBeGreaterThanOrEqual(0)
    expect(at).toBeLessThanOrEqual(performance.now() - before + 1)
  })
})
