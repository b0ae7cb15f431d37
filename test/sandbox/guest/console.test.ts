import { describe, expect, it } from "vitest"
import { createGuest } from "./harness.ts"

const guest = createGuest()

function lines(code: string): { level: string; message: string }[] {
  guest.calls.length = 0
  guest.evaluate(`(() => { ${code} })()`)
  return guest.json("log") as { level: string; message: string }[]
}

const shown = (code: string): string | undefined => lines(`console.log(${code})`)[0]?.message

describe("console", () => {
  it("has a level for each method", () => {
    const written = lines(
      "console.log(1); console.info(2); console.warn(3); console.error(4); console.debug(5); console.assert(false, 'no'); console.assert(true); console.dir({})",
    )
    expect(written.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "info 1",
      "info 2",
      "warn 3",
      "error 4",
      "debug 5",
      "error Assertion failed: no",
      "info {}",
    ])
  })

  it("formats", () => {
    expect(
      shown(
        "'%s is %d and %i and %f %j %o %O %c%%', 'x', '4.5', '4.5', '4.5', { a: 1 }, [1], { b: 2 }, 'css', 'rest', 5",
      ),
    ).toBe("x is 4.5 and 4 and 4.5 { a: 1 } [ 1 ] { b: 2 } % rest 5")
    expect(shown("'%s %s %x', 1")).toBe("1 %s %x")
    expect(shown("'100%', 'a'")).toBe("100% a")
    expect(shown("'%d', Symbol('s')")).toBe("NaN")
    expect(shown("'%d %i', 5n, {}")).toBe("5n NaN")
    expect(shown("5, '%s'")).toBe("5 %s")
  })

  const fields = (code: string): unknown => (lines(`console.log(${code})`)[0] as { fields?: unknown }).fields

  it("gives what plain objects hold as fields, flat and with their types", () => {
    expect(fields("'paid', { order: 7, paid: true, by: null, user: { id: 'u1', tags: ['a', 'b'] } }")).toEqual({
      order: 7,
      paid: true,
      by: null,
      "user.id": "u1",
      "user.tags.0": "a",
      "user.tags.1": "b",
    })
    expect(fields("{ a: 1 }, 'first', { b: 2n, c: NaN, d: new Date(0), e: undefined, f() {} }")).toEqual({
      a: 1,
      b: "2",
      c: "NaN",
      d: "1970-01-01T00:00:00.000Z",
    })
    expect(lines("console.warn('x', Object.assign(Object.create(null), { a: 1 }))")).toEqual([
      { level: "warn", message: "x [Object: null prototype] { a: 1 }", fields: { a: 1 } },
    ])
    for (const none of [
      "'x'",
      "7, null, undefined",
      "{}",
      "[1, 2]",
      "new Map([[1, 2]])",
      "new Error('no')",
      "() => 1",
    ]) {
      expect(fields(none)).toBeUndefined()
    }
  })

  it("bounds fields, and runs no code of theirs", () => {
    const loop = "const o = { a: 1 }; o.self = o;"
    expect(lines(`${loop} console.log(o)`)[0]).toMatchObject({ fields: { a: 1, "self.self.self.a": 1 } })
    const many = fields("Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => ['k' + i, 'x'.repeat(1e4)]))")
    expect(Object.keys(many as object)).toHaveLength(32)
    expect(Object.values(many as object).every((text) => text.length === 1024)).toBe(true)
    expect(fields("{ list: Object.assign([], { length: 1e8 }), last: 1 }")).toEqual({ last: 1 })
    expect(fields("{ ['k'.repeat(129)]: 1, get a() { throw 1 }, b: { get c() { throw 1 } }, d: 2 }")).toEqual({ d: 2 })
    expect(fields("new Proxy({}, { ownKeys() { throw 1 } }), { kept: 1 }")).toEqual({ kept: 1 })
  })

  it("indents groups, counts, and measures", () => {
    expect(
      lines(
        "console.group('g'); console.log('a\\nb'); console.group(); console.warn('c'); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('d')",
      ).map(({ message }) => message),
    ).toEqual(["g", "  a\n  b", "    c", "d"])
    expect(
      lines("console.count(); console.count(); console.count('x'); console.countReset(); console.count()").map(
        ({ message }) => message,
      ),
    ).toEqual(["default: 1", "default: 2", "x: 1", "default: 1"])
    const timed = lines("console.time('t'); console.timeLog('t', 1); console.timeEnd('t'); console.timeEnd('t')")
    expect(timed[1]?.message).toMatch(/^t: \d+\.\d{3}ms$/)
    expect(timed[2]).toEqual({ level: "warn", message: 'Cannot read the timer "t": it was not started' })
  })

  it("draws tables", () => {
    expect(lines("console.table([{ a: 1, b: 'x' }, { a: 2 }, 5])")[0]?.message.split("\n")).toEqual([
      "┌─────────┬───┬─────┬────────┐",
      "│ (index) │ a │ b   │ Values │",
      "├─────────┼───┼─────┼────────┤",
      "│ 0       │ 1 │ 'x' │        │",
      "│ 1       │ 2 │     │        │",
      "│ 2       │   │     │ 5      │",
      "└─────────┴───┴─────┴────────┘",
    ])
    expect(lines("console.table(5)")[0]?.message).toBe("5")
  })

  it("traces", () => {
    const [line] = lines("(function here() { console.trace('at') })()")
    expect(line?.message).toContain("Trace: at")
    expect(line?.message).toContain("here")
  })
})

describe("A value in the log", () => {
  it.each([
    [
      "{ a: 1, 'b c': 'x\\'y', [Symbol('s')]: null, f() {}, g: class A {} }",
      "{ a: 1, 'b c': 'x\\'y', f: [Function: f], g: [class: A], [Symbol(s)]: null }",
    ],
    ["[1, , 'x', -0, 5n, NaN]", "[ 1, <empty>, 'x', -0, 5n, NaN ]"],
    ["new Map([[1, { a: 2 }]])", "Map(1) { 1 => { a: 2 } }"],
    ["new Set(['x'])", "Set(1) { 'x' }"],
    ["new Date(0)", "1970-01-01T00:00:00.000Z"],
    ["new Date(NaN)", "Invalid Date"],
    ["/a/g", "/a/g"],
    ["new Uint8Array([1, 2])", "Uint8Array(2) [ 1, 2 ]"],
    ["new ArrayBuffer(3)", "ArrayBuffer { byteLength: 3 }"],
    ["new (class Point { x = 1 })()", "Point { x: 1 }"],
    ["Object.create(null)", "[Object: null prototype] {}"],
    ["{ get a() { throw 1 }, set b(v) {} }", "{ a: [Getter], b: [Setter] }"],
    ["(() => { const a = {}; a.a = a; return a })()", "{ a: [Circular] }"],
    ["{ a: { b: { c: { d: { e: 1 } } } } }", "{ a: { b: { c: { d: [Object] } } } }"],
    ["(() => { const s = {}; return [s, s] })()", "[ {}, {} ]"],
    ["Symbol('x')", "Symbol(x)"],
    ["[new Headers({ B: 'x', a: 'y' })]", "[ Headers { a: 'y', b: 'x' } ]"],
    ["new URLSearchParams('a=b')", "URLSearchParams { query: 'a=b' }"],
    [
      "new Request('a:b', { headers: { a: 'b' } })",
      "Request { method: 'GET', url: 'a:b', headers: Headers { a: 'b' } }",
    ],
    ["AbortSignal.abort(5)", "AbortSignal { aborted: true, reason: 5 }"],
    ["new (class Mine extends Event {})('x')", "Mine { type: 'x' }"],
    ["Object.create(URL.prototype)", "[Unreadable]"],
    ["new TextEncoder()", "TextEncoder {}"],
    ["new Proxy({}, { ownKeys() { throw 1 } })", "[Unreadable]"],
    ["(() => 1)", "[Function (anonymous)]"],
    ["'a\\n\"b'", 'a\n"b'],
  ])("%s", (code, expected) => {
    expect(shown(code)).toBe(expected)
  })

  it("shows errors with their stack, cause and properties", () => {
    const text = shown("Object.assign(new TypeError('m', { cause: new Error('why') }), { code: 'E1' })")
    expect(text).toMatch(/^TypeError: m\n {4}at /)
    expect(text).toContain("Caused by: Error: why")
    expect(text).toContain("{ code: 'E1' }")
    expect(shown("new DOMException('m', 'AbortError')")).toMatch(/^AbortError: m/)
  })

  it("is broken into lines where it is long", () => {
    expect(shown("{ first: 'x'.repeat(40), second: ['y'.repeat(40)] }")?.split("\n")).toHaveLength(4)
  })

  it("is bounded in length, breadth and depth", () => {
    expect(shown("Array.from({ length: 1000 }, (_, i) => i)")).toContain("900 more")
    expect(shown("'x'.repeat(1e6)")?.length).toBeLessThan(33_000)
    expect(
      shown("Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => ({ a: 'x'.repeat(100) })))")?.length,
    ).toBeLessThan(30_000)
    expect(shown("(() => { let a = 1; for (let i = 0; i < 1e4; i++) a = { a }; return a })()")).toBe(
      "{ a: { a: { a: { a: [Object] } } } }",
    )
  })
})
