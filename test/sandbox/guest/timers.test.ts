import { describe, expect, it } from "vitest"
import { createGuest, type Guest } from "./harness.ts"

const start = (code: string): Guest => createGuest().load(`export default () => { ${code} }`).start()

describe("Timers", () => {
  it("call back with their arguments when the host says so", () => {
    const guest = start("return new Promise((resolve) => setTimeout((a, b) => resolve([a, b]), 20, 1, 'x'))")
    expect(guest.json("timer")).toEqual([{ id: 1, ms: 20 }])
    expect(guest.settle({ id: 1, ok: true }).output()).toEqual([1, "x"])
  })

  it("that repeat wait anew after each call back, until they are cleared", () => {
    const guest = start(
      "let n = 0; return new Promise((resolve) => { const id = setInterval(() => { if (++n === 3) { clearInterval(id); resolve(n) } }, 5) })",
    )
    guest.settle({ id: 1, ok: true }).settle({ id: 2, ok: true }).settle({ id: 3, ok: true })
    expect(guest.output()).toBe(3)
    expect(guest.json("timer")).toEqual([1, 2, 3].map((id) => ({ id, ms: 5 })))
  })

  it("that are cleared tell the host and never call back", () => {
    const guest = start(
      "const id = setTimeout(() => console.log('never'), 5); clearTimeout(id); clearTimeout(id); clearTimeout(99); clearTimeout(); clearTimeout('x')",
    )
    guest.settle({ id: 1, ok: true })
    expect(guest.json("timer.cancel")).toEqual([{ id: 1 }])
    expect(guest.logs()).toEqual([])
  })

  it("take times as the standard has them", () => {
    const guest = start(
      "for (const ms of [undefined, -5, NaN, 1.9, '7', 2 ** 32 + 3, Infinity, null]) setTimeout(() => 1, ms); setInterval(() => 1, 0)",
    )
    expect(guest.json("timer").map((timer) => (timer as { ms: number }).ms)).toEqual([0, 0, 0, 1, 7, 3, 0, 0, 1])
  })

  it("that throw are logged, and others go on", () => {
    const guest = start(
      "setTimeout(() => { throw new Error('late') }, 1); return new Promise((resolve) => setTimeout(resolve, 2, 'on'))",
    )
    guest.settle({ id: 1, ok: true }).settle({ id: 2, ok: true })
    expect(guest.logs()[0]).toContain("Uncaught Error: late")
    expect(guest.output()).toBe("on")
  })

  it("that the host settles twice, or that never were, change nothing", () => {
    const guest = start(
      "let n = 0; setTimeout(() => n++, 1); return new Promise((resolve) => setTimeout(() => resolve(n), 2))",
    )
    guest
      .settle({ id: 1, ok: true })
      .settle({ id: 1, ok: true })
      .settle({ id: 77, ok: true })
      .settle({ id: 2, ok: true })
    expect(guest.output()).toBe(1)
  })

  it("give numbers that count up", () => {
    expect(start("return [setTimeout(() => 1), setInterval(() => 1)]").output()).toEqual([1, 2])
  })

  it("abort a signal after its time", () => {
    const guest = start(
      "const s = AbortSignal.timeout(30); return new Promise((resolve) => { s.onabort = () => resolve([s.reason.name, s.aborted]) })",
    )
    expect(guest.json("timer")).toEqual([{ id: 1, ms: 30 }])
    expect(guest.settle({ id: 1, ok: true }).output()).toEqual(["TimeoutError", true])
  })
})

describe("queueMicrotask", () => {
  it("logs what its callback throws, and others go on", () => {
    const guest = start(
      "return new Promise((resolve) => { queueMicrotask(() => { throw new TypeError('micro') }); queueMicrotask(() => resolve(1)) })",
    )
    expect(guest.output()).toBe(1)
    expect(guest.logs()[0]).toContain("Uncaught TypeError: micro")
  })
})

describe("reportError", () => {
  it("logs anything", () => {
    const guest = start("reportError(new RangeError('x')); reportError(5); reportError(null)")
    expect(guest.logs().map((line) => line.split("\n")[0])).toEqual([
      "Uncaught RangeError: x",
      "Uncaught Error: 5",
      "Uncaught Error: null",
    ])
  })
})
