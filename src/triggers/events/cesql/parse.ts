import {
  type ArithmeticOperator,
  type BinaryOperator,
  type ComparisonOperator,
  type Expression,
  ExpressionError,
  type FunctionName,
  type LogicOperator,
  signatures,
} from "./expression.ts"
import { type Token, toTokens } from "./tokens.ts"

/** So deep may brackets, functions and signs be within one another. */
const maxDepth = 100

const logic: Readonly<Record<string, LogicOperator>> = { AND: "AND", OR: "OR", XOR: "XOR" }
const comparison: Readonly<Record<string, ComparisonOperator>> = {
  "=": "=",
  "!=": "!=",
  "<>": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
}
const additive: Readonly<Record<string, ArithmeticOperator>> = { "+": "+", "-": "-" }
const multiplicative: Readonly<Record<string, ArithmeticOperator>> = { "*": "*", "/": "/", "%": "%" }

const reserved: ReadonlySet<string> = new Set(["and", "or", "xor", "not", "like", "in", "exists"])

/** Reads an expression of CloudEvents SQL v1; throws `ExpressionError` where it is none, with the place. */
export function parseExpression(source: string): Expression {
  const tokens = toTokens(source)
  let position = 0
  let depth = 0

  const peek = (): Token => tokens[position] as Token
  const isNext = (text: string) => peek().kind !== "string" && peek().text.toUpperCase() === text
  const skip = (text: string): boolean => {
    if (!isNext(text)) return false
    position++
    return true
  }
  const expect = (text: string) => {
    if (!skip(text)) throw fault(`needs "${text}"`)
  }
  const fault = (message: string, { at }: Token = peek()) => new ExpressionError(message, at)
  const next = <Operator>(operators: Readonly<Record<string, Operator>>): Operator | undefined => {
    const token = peek()
    return token.kind === "symbol" || token.kind === "word" ? operators[token.text.toUpperCase()] : undefined
  }

  /** CESQL reads AND and OR from left to right, SQL does not: both at once must say which comes first. */
  function readExpression(): Expression {
    if (++depth > maxDepth) throw fault(`is more than ${maxDepth} levels deep`)
    let left = readComparison()
    let last: LogicOperator | undefined
    for (let operator = next(logic); operator; operator = next(logic)) {
      if (last !== undefined && last !== operator) throw fault(`needs brackets between ${last} and ${operator}`)
      last = operator
      position++
      left = { kind: "binary", operator, left, right: readComparison() }
    }
    depth--
    return left
  }

  function readOperations<Operator extends BinaryOperator>(
    operators: Readonly<Record<string, Operator>>,
    readOperand: () => Expression,
  ): Expression {
    let left = readOperand()
    for (let operator = next(operators); operator; operator = next(operators)) {
      position++
      left = { kind: "binary", operator, left, right: readOperand() }
    }
    return left
  }

  const readComparison = (): Expression => readOperations(comparison, readSum)
  const readSum = (): Expression => readOperations(additive, readProduct)
  const readProduct = (): Expression => readOperations(multiplicative, readMembership)

  function readMembership(): Expression {
    let operand = readUnary()
    for (;;) {
      const isNot = isNext("NOT")
      if (isNot) position++
      if (skip("LIKE")) operand = readLike(operand, isNot)
      else if (skip("IN")) operand = { kind: "in", operand, set: readList("IN"), isNot }
      else if (isNot) throw fault('needs "LIKE" or "IN"')
      else return operand
    }
  }

  function readLike(operand: Expression, isNot: boolean): Expression {
    const token = peek()
    if (token.kind !== "string") throw fault("needs a pattern in quotes")
    position++
    return { kind: "like", operand, pattern: token.pattern, isNot }
  }

  function readList(owner: string): readonly Expression[] {
    expect("(")
    const list: Expression[] = []
    if (owner !== "IN" && skip(")")) return list
    do list.push(readExpression())
    while (skip(","))
    expect(")")
    return list
  }

  /** NOT takes what comes next alone; whoever writes `NOT a = b` hardly means `(NOT a) = b`. */
  function readUnary(): Expression {
    const start = peek()
    if (!skip("NOT")) return readSigned()
    if (++depth > maxDepth) throw fault(`is more than ${maxDepth} levels deep`)
    const operand = readUnary()
    depth--
    const isBare = next(comparison) || next(additive) || next(multiplicative) || isNext("LIKE") || isNext("IN")
    if (isBare) throw fault("needs brackets after NOT", start)
    return { kind: "not", operand }
  }

  function readSigned(): Expression {
    if (skip("+")) {
      if (peek().kind !== "number") throw fault("needs a number")
      return readAtom()
    }
    if (!skip("-")) return readAtom()
    if (++depth > maxDepth) throw fault(`is more than ${maxDepth} levels deep`)
    const operand = readUnary()
    depth--
    const isNumber = operand.kind === "literal" && typeof operand.value === "number"
    return isNumber ? { kind: "literal", value: -Number(operand.value) } : { kind: "negative", operand }
  }

  function readAtom(): Expression {
    const token = peek()
    if (skip("(")) {
      const inner = readExpression()
      expect(")")
      return inner
    }
    if (token.kind === "symbol" || token.kind === "end") throw fault(`has an unexpected "${token.text}"`)
    position++
    if (token.kind !== "word") return { kind: "literal", value: token.value }
    const name = token.text.toUpperCase()
    if (name === "TRUE" || name === "FALSE") return { kind: "literal", value: name === "TRUE" }
    if (name === "EXISTS") return { kind: "exists", path: readName() }
    if (isNext("(")) return readCall(name, token)
    return { kind: "attribute", path: toAttribute(token) }
  }

  function readCall(name: string, token: Token): Expression {
    if (!Object.hasOwn(signatures, name)) throw fault(`calls ${token.text}, which is no function,`, token)
    const { least, most } = signatures[name as FunctionName]
    const parameters = readList(name)
    if (parameters.length < least || parameters.length > most) {
      throw fault(`calls ${name} with ${parameters.length} parameters`, token)
    }
    return { kind: "call", name: name as FunctionName, parameters }
  }

  function readName(): readonly string[] {
    const token = peek()
    position++
    if (token.kind === "word") return toAttribute(token)
    throw fault("needs the name of an attribute", token)
  }

  function toAttribute(token: Token & { readonly kind: "word" }): readonly string[] {
    const [name = "", ...way] = token.path
    const attribute = name.toLowerCase()
    if (reserved.has(attribute)) {
      throw fault(`has an unexpected "${token.text}"`, token)
    }
    if (way.length > 0 && attribute !== "data") throw fault(`has "${token.text}": only data has parts,`, token)
    if (!/^[a-z0-9]+$/.test(attribute)) throw fault(`has "${token.text}", which is no attribute,`, token)
    return [attribute, ...way]
  }

  const expression = readExpression()
  if (peek().kind !== "end") throw fault(`has an unexpected "${peek().text}"`)
  return expression
}
