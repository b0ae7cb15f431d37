import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { evaluate } from "../../../src/triggers/events/cesql/evaluate.ts"
import { ExpressionError } from "../../../src/triggers/events/cesql/expression.ts"
import { parseExpression } from "../../../src/triggers/events/cesql/parse.ts"
import { readPath } from "../../../src/triggers/events/read-path.ts"

const event = {
  specversion: "1.0",
  id: "1",
  source: "/shop/7",
  type: "com.example.paid",
  sequence: "10",
  urgent: true,
  data: { order: { total: 12.5, "line-items": ["a", "b"], note: "50% off" }, none: null },
} as const

const run = (text: string) => evaluate(parseExpression(text), (path) => readPath(event, path))

const mistake = (text: string): string => {
  try {
    parseExpression(text)
  } catch (error) {
    if (error instanceof ExpressionError) return error.message
    throw error
  }
  return ""
}

describe("expressions of CloudEvents SQL", () => {
  it("read attributes, extensions and ways into the data", () => {
    expect(run("type = 'com.example.paid' AND source LIKE '/shop/%'")).toBe(true)
    expect(run("sequence > 9 and urgent")).toBe(true)
    expect(run('data.order.total >= 12.5 AND data.order."line-items".1 = "b"')).toBe(true)
    expect(run("data.order.note LIKE '%\\% off'")).toBe(true)
    expect(run("EXISTS subject OR EXISTS data.none OR EXISTS data.constructor")).toBe(false)
    expect(run("EXISTS constructor")).toBe(false)
    expect(run("UPPER(LEFT(type, 3)) = 'COM' AND LENGTH(id) = 1")).toBe(true)
  })

  it("have no value where an attribute is missing, unless the condition does not get there", () => {
    expect(() => run("subject = 'x'")).toThrow("missing")
    expect(() => run("NOT (subject = 'x')")).toThrow("missing")
    expect(run("EXISTS subject AND subject = 'x'")).toBe(false)
    expect(run("type LIKE 'com%' OR subject = 'x'")).toBe(true)
    expect(() => run("data.order = 'x'")).toThrow()
    expect(() => run("1 / 0 = 1")).toThrow()
  })

  it("tell the place of a mistake", () => {
    expect(mistake("type = ")).toBe('has an unexpected "the end" at character 8')
    expect(mistake("type = 'x")).toBe("has text without an end at character 8")
    expect(mistake("type == 'x'")).toBe('has an unexpected "=" at character 7')
    expect(mistake("type LIKE id")).toBe("needs a pattern in quotes at character 11")
    expect(mistake("LENGHT(id) = 1")).toBe("calls LENGHT, which is no function, at character 1")
    expect(mistake("1 = LEFT(id)")).toBe("calls LEFT with 1 parameters at character 5")
    expect(mistake("a.b = 1")).toBe('has "a.b": only data has parts, at character 1')
    expect(mistake("order_id = 1")).toBe('has "order_id", which is no attribute, at character 1')
    expect(mistake("(".repeat(200))).toMatch(/^is more than 100 levels deep/)
    expect(mistake("-".repeat(4000))).toMatch(/^is more than 100 levels deep/)
    expect(mistake("NOT ".repeat(1000))).toMatch(/^is more than 100 levels deep/)
  })

  it("ask for brackets where CESQL and SQL would read different things", () => {
    expect(mistake("a OR b AND c")).toBe("needs brackets between OR and AND at character 8")
    expect(mistake("NOT a = b")).toBe("needs brackets after NOT at character 1")
    expect(mistake("NOT a LIKE 'b'")).toBe("needs brackets after NOT at character 1")
    expect(run("NOT EXISTS subject AND (urgent OR false)")).toBe(true)
  })

  it("are given up where they would look at too much", () => {
    const long = { ...event, subject: "a".repeat(500_000) }
    const read = (path: readonly string[]) => readPath(long, path)
    const slow = parseExpression(`subject LIKE '%${"a".repeat(2000)}b%'`)
    expect(() => evaluate(slow, read)).toThrow("too long")
    const large = parseExpression(`LENGTH(CONCAT(${Array.from({ length: 400 }, () => "subject").join(",")})) > 1`)
    expect(() => evaluate(large, read)).toThrow("too long")
  })

  it("take any text for an expression, or say what is wrong with it", () => {
    const piece = fc.constantFrom(
      "(",
      ")",
      "'",
      '"',
      "\\",
      "a",
      "data.",
      "1",
      "NOT ",
      "AND ",
      "IN",
      "LIKE ",
      "%",
      "-",
      ",",
      "=",
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        try {
          parseExpression(pieces.join(""))
        } catch (error) {
          expect(error).toBeInstanceOf(ExpressionError)
        }
      }),
    )
  })
})

/** A random expression: its text, and what it must come to. Numbers are small and whole, so that JavaScript's are right. */
interface Sample<Type> {
  readonly text: string
  readonly value: Type
}

const attributes = { n: 3, flag: true, word: "a%b_c\\'\"" } as const

const { number, text, condition } = fc.letrec<{
  number: Sample<number>
  text: Sample<string>
  condition: Sample<boolean>
}>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: -9, max: 9 }).map((value) => ({ text: String(value), value })),
    fc.constant({ text: "n", value: attributes.n }),
    fc.tuple(tie("number"), fc.constantFrom("+", "-", "*"), tie("number")).map(([one, operator, other]) => ({
      text: `(${one.text} ${operator} ${other.text})`,
      value: calculate(one.value, operator, other.value),
    })),
    tie("number").map(({ text, value }) => ({ text: `ABS(-${text})`, value: Math.abs(value) })),
    tie("text").map(({ text, value }) => ({ text: `LENGTH(${text})`, value: [...value].length })),
  ),
  text: fc.oneof(
    { maxDepth: 3 },
    fc.string({ maxLength: 8 }).map((value) => ({ text: quote(value), value })),
    fc.constant({ text: "word", value: attributes.word }),
    fc
      .tuple(tie("text"), tie("text"))
      .map(([one, other]) => ({ text: `CONCAT(${one.text}, ${other.text})`, value: one.value + other.value })),
  ),
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.boolean().map((value) => ({ text: value ? "TRUE" : "false", value })),
    fc.constant({ text: "flag", value: attributes.flag }),
    tie("condition").map(({ text, value }) => ({ text: `NOT (${text})`, value: !value })),
    fc.tuple(tie("condition"), fc.constantFrom("AND", "or", "XOR"), tie("condition")).map(([one, operator, other]) => ({
      text: `(${one.text}) ${operator} (${other.text})`,
      value: join(one.value, operator, other.value),
    })),
    fc
      .tuple(tie("number"), fc.constantFrom("=", "!=", "<>", "<", "<=", ">", ">="), tie("number"))
      .map(([one, operator, other]) => ({
        text: `${one.text} ${operator} ${other.text}`,
        value: compare(one.value, operator, other.value),
      })),
    fc
      .tuple(tie("text"), fc.boolean(), fc.array(tie("text"), { minLength: 1, maxLength: 3 }))
      .map(([one, isNot, set]) => ({
        text: `${one.text} ${isNot ? "NOT IN" : "IN"} (${set.map(({ text }) => text).join(", ")})`,
        value: set.some(({ value }) => value === one.value) !== isNot,
      })),
    fc
      .tuple(tie("text"), fc.array(fc.constantFrom("%", "_", "a", "b", "\\%", "\\_", "'", ""), { maxLength: 6 }))
      .map(([one, pattern]) => ({
        text: `${one.text} LIKE '${pattern.join("").replaceAll("'", "\\'")}'`,
        value: toRegExp(pattern).test(one.value),
      })),
  ),
}))

function calculate(one: number, operator: string, other: number): number {
  if (operator === "+") return one + other
  return operator === "-" ? one - other : one * other
}

function join(one: boolean, operator: string, other: boolean): boolean {
  if (operator === "XOR") return one !== other
  return operator === "AND" ? one && other : one || other
}

function compare(one: number, operator: string, other: number): boolean {
  if (operator === "=") return one === other
  if (operator === "!=" || operator === "<>") return one !== other
  if (operator.startsWith("<")) return one < other || (operator === "<=" && one === other)
  return one > other || (operator === ">=" && one === other)
}

function quote(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`
}

function toRegExp(pattern: readonly string[]): RegExp {
  const wild: Readonly<Record<string, string>> = { "%": ".*", _: ".", "\\%": "%", "\\_": "_" }
  return new RegExp(`^${pattern.map((part) => wild[part] ?? part).join("")}$`, "su")
}

describe("a random expression", () => {
  const read = (path: readonly string[]) => (attributes as Readonly<Record<string, unknown>>)[path[0] ?? ""]

  it("comes to what its tree comes to", () => {
    const expressions = fc.oneof(number, text, condition) as fc.Arbitrary<Sample<unknown>>
    fc.assert(
      fc.property(expressions, (sample) => {
        expect(evaluate(parseExpression(sample.text), read)).toEqual(sample.value === 0 ? 0 : sample.value)
      }),
      { numRuns: 1000 },
    )
  })
})
