import { describe, expect, it, vi } from "vitest"
import { HostTurns } from "../../src/sandbox/operations/host-turns.ts"
import { boundOperation } from "../../src/sandbox/operations/operation-limits.ts"

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe("operations of guests on the host's event loop", () => {
  it("run at once while a turn has time, then in later turns, owners in turns and each one's in order", async () => {
    let now = 0
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now)
    const turns = new HostTurns()
    const done: string[] = []
    const run = (owner: string, name: string) =>
      turns.run(owner, () => {
        now += 3
        done.push(name)
      })
    for (const name of ["a1", "a2", "a3", "a4"]) run("a", name)
    run("b", "b1")
    expect(done).toEqual(["a1", "a2"])
    await nextTurn()
    expect(done).toEqual(["a1", "a2", "a3", "b1"])
    await nextTurn()
    expect(done).toEqual(["a1", "a2", "a3", "b1", "a4"])
    clock.mockRestore()
  })
})

describe("an operation that the main thread would have to read", () => {
  const operation = (op: string, fields: object, bytes?: Uint8Array) => ({
    op,
    text: JSON.stringify({ id: 7, ...fields }),
    bytes,
  })
  const refusal = (op: string, fields: object, bytes?: Uint8Array) => {
    const bounded = boundOperation(operation(op, fields, bytes))
    return bounded?.op === "refuse" ? JSON.parse(bounded.text) : bounded?.op
  }
  const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, n]))

  it.each([
    ["fetch", { url: `http://a.example/${"x".repeat(140_000)}` }, "more than 131072 characters"],
    ["fetch", { headers: Array.from({ length: 1001 }, (_, n) => [`x-${n}`, "v"]) }, "more than 1000 headers"],
    ["subtle", { given: ["x".repeat(70_000)] }, "too long"],
    ["capability", { capability: "kv", method: "set", input: "x".repeat(1_100_000) }, "Cannot call kv.set: the input"],
    ["capability", { capability: "kv", method: "set", input: keys(10_001) }, "more than 10000 keys"],
  ])("is answered with its refusal, not handed over: %s", (op, fields, message) => {
    expect(refusal(op, fields)).toMatchObject({ id: 7, error: { message: expect.stringContaining(message) } })
  })

  it("is dropped where no guest of ours sends it", () => {
    expect(boundOperation(operation("timer", { ms: "9".repeat(5000) }))).toBeUndefined()
  })

  it("is handed over within the limits", () => {
    expect(refusal("capability", { capability: "kv", method: "set", input: keys(9000) })).toBe("capability")
    expect(refusal("fetch", { url: "http://a.example/", headers: [["a", "b"]] })).toBe("fetch")
    expect(refusal("timer", { ms: 5 })).toBe("timer")
  })
})
