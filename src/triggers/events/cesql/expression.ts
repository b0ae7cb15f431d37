/** What an expression has to do with: CESQL's integers are numbers here, because data has others too. */
export type Value = string | number | boolean

/** An operator between two operands. */
export type BinaryOperator = LogicOperator | ComparisonOperator | ArithmeticOperator
/** One that joins conditions. */
export type LogicOperator = "AND" | "OR" | "XOR"
/** One that compares; `<>` is read as `!=`. */
export type ComparisonOperator = "=" | "!=" | "<" | "<=" | ">" | ">="
/** One that calculates. */
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%"

/** An expression of CloudEvents SQL as a tree. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Value }
  /** An attribute, or a way into the data: its first part is `data`. */
  | { readonly kind: "attribute"; readonly path: readonly string[] }
  | { readonly kind: "exists"; readonly path: readonly string[] }
  | { readonly kind: "not" | "negative"; readonly operand: Expression }
  | {
      readonly kind: "binary"
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: "like"; readonly operand: Expression; readonly pattern: Pattern; readonly isNot: boolean }
  | { readonly kind: "in"; readonly operand: Expression; readonly set: readonly Expression[]; readonly isNot: boolean }
  | { readonly kind: "call"; readonly name: FunctionName; readonly parameters: readonly Expression[] }

/** A pattern of LIKE: characters, and the two that stand for others. */
export type Pattern = readonly (string | { readonly any: "one" | "many" })[]

/** How many parameters a function takes, of which kind: the last kind is that of all further ones. */
export interface Signature {
  readonly least: number
  readonly most: number
  readonly kinds: readonly ("string" | "number" | "any")[]
}

/** A function of the language. */
export type FunctionName =
  | "LENGTH"
  | "CONCAT"
  | "CONCAT_WS"
  | "LOWER"
  | "UPPER"
  | "TRIM"
  | "LEFT"
  | "RIGHT"
  | "SUBSTRING"
  | "ABS"
  | "INT"
  | "BOOL"
  | "STRING"

/** The functions of the language. */
export const signatures: Readonly<Record<FunctionName, Signature>> = {
  LENGTH: { least: 1, most: 1, kinds: ["string"] },
  CONCAT: { least: 0, most: Number.POSITIVE_INFINITY, kinds: ["string"] },
  CONCAT_WS: { least: 1, most: Number.POSITIVE_INFINITY, kinds: ["string"] },
  LOWER: { least: 1, most: 1, kinds: ["string"] },
  UPPER: { least: 1, most: 1, kinds: ["string"] },
  TRIM: { least: 1, most: 1, kinds: ["string"] },
  LEFT: { least: 2, most: 2, kinds: ["string", "number"] },
  RIGHT: { least: 2, most: 2, kinds: ["string", "number"] },
  SUBSTRING: { least: 2, most: 3, kinds: ["string", "number"] },
  ABS: { least: 1, most: 1, kinds: ["number"] },
  INT: { least: 1, most: 1, kinds: ["any"] },
  BOOL: { least: 1, most: 1, kinds: ["any"] },
  STRING: { least: 1, most: 1, kinds: ["any"] },
}

/** Text that is no expression. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError"

  /** `at` counts characters from 1. */
  constructor(message: string, at: number) {
    super(`${message} at character ${at}`)
  }
}
