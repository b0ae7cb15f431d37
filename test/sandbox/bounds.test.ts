import { describe, expect, it } from "vitest"
import { createQuickJsRuntime } from "../../src/sandbox/quickjs-runtime.ts"
import { call, failureOf, offline, openRuntime, outputOf, versionOf } from "./sandbox.ts"

describe("what one call may write", () => {
  const runtime = openRuntime({
    maxOutputBytes: 100,
    maxLogLines: 5,
  })

  it("is as much as the host says: bytes of the answer", async () => {
    expect(outputOf(await call(runtime, versionOf("export default () => 'x'.repeat(98)")))).toBe("x".repeat(98))
    expect(failureOf(await call(runtime, versionOf("export default () => 'x'.repeat(99)")))).toMatchObject({
      code: "FN_004",
      message: "Cannot answer: the result is larger than 100 bytes.",
    })
    const response = versionOf("export default () => new Response('x'.repeat(101))", { kind: "http" })
    expect(failureOf(await call(runtime, response)).message).toContain("larger than 100 bytes")
  })

  it("is as much as the host says: lines, however often the call waits in between", async () => {
    const { logs } = await call(
      runtime,
      versionOf(
        "export default async () => { for (let i = 0; i < 10; i++) { console.log(i); await new Promise((done) => setTimeout(done, 1)) } }",
      ),
    )
    expect(logs.map(({ message }) => message)).toEqual([
      ...["0", "1", "2", "3", "4"],
      "Further output of this call was dropped.",
    ])
  })

  it.each(["maxOutputBytes", "maxLogLines", "maxLogBytes", "maxWaitingBytes"])("must be a whole number: %s", (name) => {
    expect(() => createQuickJsRuntime({ http: offline, [name]: 1.5 })).toThrow(RangeError)
  })
})

describe("the memory that a class promises", () => {
  const runtime = openRuntime({ threads: 1 })
  const filling = (megabytes: number, memoryMb: number) =>
    versionOf(
      `export default () => { const held = []; for (let i = 0; i < ${megabytes}; i++) held.push(new Uint8Array(1 << 20).fill(i)); return held.length }`,
      { memoryMb, cpuMs: 20_000, timeoutMs: 60_000 },
    )

  it.each([16, 128, 1024])("can be used: %d MB", async (memoryMb) => {
    const usable = memoryMb - 1
    expect(outputOf(await call(runtime, filling(usable, memoryMb)))).toBe(usable)
  })

  it.each([16, 128, 1024])("ends there: %d MB", async (memoryMb) => {
    const tooMuch = Math.ceil(memoryMb * 1.06) + 8
    expect(failureOf(await call(runtime, filling(tooMuch, memoryMb))).code).toBe("FN_003")
  })
})
