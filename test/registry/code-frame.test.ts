import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { toCodeFrame } from "../../src/registry/code-frame.ts"

const frameOf = (source: string, line: number, column: number, path = "a.ts") =>
  toCodeFrame({ path, line, column }, source)?.split("\n")

describe("a code frame", () => {
  test("shows two lines before and after, as many as there are", () => {
    const source = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join("\n")
    expect(frameOf(source, 9, 6)).toEqual([
      "a.ts:9:6",
      "   7 | line 7",
      "   8 | line 8",
      ">  9 | line 9",
      "     |      ^",
      "  10 | line 10",
      "  11 | line 11",
    ])
    expect(frameOf(source, 1, 1)).toEqual(["a.ts:1:1", "> 1 | line 1", "    | ^", "  2 | line 2", "  3 | line 3"])
    expect(frameOf("only", 1, 5)).toEqual(["a.ts:1:5", "> 1 | only", "    |     ^"])
  })

  test("puts its caret right behind tabs and characters of two code units", () => {
    expect(frameOf("\t\tthrow", 1, 3)?.slice(1)).toEqual(["> 1 |     throw", "    |     ^"])
    expect(frameOf("'😀😀'.x()", 1, 8)?.slice(1)).toEqual(["> 1 | '😀😀'.x()", "    |      ^"])
  })

  test("cuts a minified line to what surrounds the column", () => {
    const source = `${"a();".repeat(100_000)}FAIL();${"b();".repeat(100_000)}\n${"c();".repeat(1000)}`
    const lines = frameOf(source, 1, 400_001) ?? []
    expect(lines.join("\n").length).toBeLessThan(600)
    expect(lines[1]?.[lines[2]?.indexOf("^") ?? -1]).toBe("F")
    expect(lines[3]).toMatch(/^ {2}2 \| (?:c\(\);){30}…$/)
  })

  test("holds nothing that a terminal acts upon, and nothing that hides what is written", () => {
    const source = "a\u001b[31m\u0007\u202e\u200b\u009b\ud800\u0000b"
    expect(frameOf(source, 1, 1, "x\u202e.ts")).toEqual([
      "x\ufffd.ts:1:1",
      "> 1 | a\ufffd[31m\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdb",
      "    | ^",
    ])
  })

  test("counts lines after every kind of break", () => {
    expect(frameOf("1\r\n2\r3\u20284\n5", 4, 1)).toEqual([
      "a.ts:4:1",
      "  2 | 2",
      "  3 | 3",
      "> 4 | 4",
      "    | ^",
      "  5 | 5",
    ])
  })

  test("is none of a place that the file does not have", () => {
    expect(frameOf("one", 2, 1)).toBeUndefined()
    expect(frameOf("one", 1, 5)).toBeUndefined()
    expect(frameOf("one", 0, 1)).toBeUndefined()
  })

  test("is none of a place so far down, or in a file so large, that looking for it would take long", () => {
    expect(frameOf("\n".repeat(49_999), 50_000, 1)).toHaveLength(5)
    expect(frameOf("\n".repeat(50_000), 50_001, 1)).toBeUndefined()
    expect(frameOf("a".repeat(4 * 1024 * 1024 + 1), 1, 1)).toBeUndefined()
  })

  test("of any text is short and has a caret under a line of its own", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(5), fc.nat(400), (source, line, column) => {
        const lines = frameOf(source, line, column)
        if (!lines) return
        expect(lines.join("\n").length).toBeLessThan(1000)
        expect(lines.filter((text) => /^ +\| +\^$/.test(text))).toHaveLength(1)
        expect(lines.join("")).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
      }),
    )
  })
})
