/** A place in a file of an upload; line and column from 1, the column in code units. */
export interface CodePlace {
  readonly path: string
  readonly line: number
  readonly column: number
}

const linesAround = 2
const maxWidth = 120
/** A place is looked for line by line on the event loop of the host: further on, that would hold it up. */
const maxLine = 50_000
const maxChars = 4 * 1024 * 1024

/**
 * The lines around a place, numbered, with a caret under it, headed by `path:line:column`. Undefined where the file has no such
 * line, or one that is too far to look for. Long lines are cut to what surrounds the column.
 */
export function toCodeFrame(place: CodePlace, source: string): string | undefined {
  const { path, line, column } = place
  if (line > maxLine || source.length > maxChars) return undefined
  const lines = readLines(source, Math.max(1, line - linesAround), line + linesAround)
  const own = lines.get(line)
  if (own === undefined || column > own.length + 1) return undefined
  const start = column <= maxWidth ? 0 : column - 1 - maxWidth / 2
  const width = String(line + linesAround).length
  const shown = [`${neutralise(path)}:${line}:${column}`]
  for (const [number, text] of lines) {
    const isOwn = number === line
    shown.push(`${isOwn ? ">" : " "} ${String(number).padStart(width)} | ${cut(text, isOwn ? start : 0)}`.trimEnd())
    if (!isOwn) continue
    const before = cut(own.slice(0, column - 1), start)
    shown.push(`  ${" ".repeat(width)} | ${" ".repeat([...before].length)}^`)
  }
  return shown.join("\n")
}

/** A text without what a terminal would act upon, and without what would show it as another one. */
export function neutralise(text: string): string {
  return text.replaceAll("\t", "  ").replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, "\ufffd")
}

/** As the engine and esbuild count lines: after CR, LF or both. */
function readLines(source: string, first: number, last: number): ReadonlyMap<number, string> {
  const lines = new Map<number, string>()
  const breaks = /\r\n|[\n\r\u2028\u2029]/g
  let start = 0
  for (let number = 1; number <= last; number++) {
    const end = breaks.exec(source)
    if (number >= first) lines.set(number, source.slice(start, end?.index))
    if (!end) break
    start = breaks.lastIndex
  }
  return lines
}

/** At most so much of a line as fits. */
function cut(text: string, start: number): string {
  const part = text.slice(start, start + maxWidth)
  return neutralise((start > 0 ? "…" : "") + part + (text.length > start + maxWidth ? "…" : ""))
}
