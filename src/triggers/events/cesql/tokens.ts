import { ExpressionError, type Pattern } from "./expression.ts"

/** A piece of an expression's text; `at` counts characters from 1. */
export type Token = { readonly at: number; readonly text: string } & (
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string; readonly pattern: Pattern }
  /** A keyword, a function's name, an attribute or a way into the data. */
  | { readonly kind: "word"; readonly path: readonly string[] }
  | { readonly kind: "symbol" }
  | { readonly kind: "end" }
)

const space = /[ \t\r\n]*/y
const number = /\d+(?:\.\d+)?(?![A-Za-z0-9_])/y
const word = /[A-Za-z0-9_]+(?:\.(?:[A-Za-z0-9_]+|"(?:[^"\\]|\\.)*"))*/y
const text = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"/sy
const symbol = /<=|>=|<>|!=|[-+*/%=<>(),]/y

/** Splits the text of an expression. */
export function toTokens(source: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(source)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  for (;;) {
    take(space)
    const start = { at: at + 1 }
    if (at === source.length) return [...tokens, { ...start, kind: "end", text: "the end" }]
    const digits = take(number)
    const name = digits === undefined ? take(word) : undefined
    const quoted = digits === undefined && name === undefined ? take(text) : undefined
    if (digits !== undefined) tokens.push({ ...start, kind: "number", text: digits, value: Number(digits) })
    else if (name !== undefined) tokens.push({ ...start, kind: "word", text: name, path: toPath(name) })
    else if (quoted !== undefined) tokens.push({ ...start, kind: "string", text: quoted, ...readQuoted(quoted) })
    else {
      const found = take(symbol)
      if (found === undefined) throw new ExpressionError(faultOf(source[at] ?? ""), at + 1)
      tokens.push({ ...start, kind: "symbol", text: found })
    }
  }
}

function toPath(name: string): readonly string[] {
  const parts = name.match(/[A-Za-z0-9_]+|"(?:[^"\\]|\\.)*"/g) ?? []
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replace(/\\(.)/g, "$1") : part))
}

/** Where a backslash escapes neither the quote nor itself, it stays, for LIKE to find. */
function readQuoted(quoted: string): { readonly value: string; readonly pattern: Pattern } {
  const quote = quoted.charAt(0)
  const pieces = quoted.slice(1, -1).match(/\\.|''|""|./gsu) ?? []
  const plain = pieces.map((piece) => {
    if (piece === `\\${quote}` || piece === quote + quote) return quote
    return piece === "\\\\" ? "\\" : piece
  })
  const pattern = pieces.flatMap((piece, index): Pattern => {
    if (piece === "%" || piece === "_") return [{ any: piece === "%" ? "many" : "one" }]
    if (piece === "\\%" || piece === "\\_") return [piece.slice(1)]
    return [...(plain[index] ?? "")]
  })
  return { value: plain.join(""), pattern }
}

function faultOf(character: string): string {
  return character === "'" || character === '"' ? "has text without an end" : `has an unexpected "${character}"`
}
