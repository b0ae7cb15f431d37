import { TraceMap, traceSegment } from "@jridgewell/trace-mapping"

/**
 * The engine's own `for await` waits for no `return()` of the iterator where a loop is left early, drops what that throws,
 * and calls it after a failed `next()` too. So esbuild writes these loops in other words.
 */
export const asyncLoops: { readonly supported: Readonly<Record<string, boolean>> } = {
  supported: { "for-await": false },
}

const head = /, ([\w$]+), ([\w$]+), ([\w$]+)(; \1 = !\(\2 = await [\w$]+\.next\(\)\)\.done; \1 = false\) \{)$/
const end = /^( *)([\w$]+) && (\(([\w$]+) = ([\w$]+)\.return\) && await \4\.call\(\5\);)$/

/**
 * Has such a loop begin anew each time that it is reached. As esbuild writes it, one within another loop would throw again
 * what it threw the time before: its variables are the function's. Code and texts of the upload that look alike stay as they are.
 */
export function renewAsyncLoops(code: string, sourceMap: string): string {
  if (!code.includes("__forAwait")) return code
  const isOfLoop = createLoopFinder(sourceMap)
  const renewed = code.split("\n").map((text, line) => {
    const variables = head.exec(text)
    if (variables && isOfLoop(line, variables.index + 2)) return text.replace(head, ", $1 = void 0, $2, $3 = void 0$4")
    if (end.test(text) && isOfLoop(line, text.length)) return text.replace(end, "$1$2 && !($2 = false) && $3")
    return text
  })
  return renewed.join("\n")
}

/** Says whether a place of the bundle was made of a loop's keyword: the upload's own words map to themselves. */
function createLoopFinder(sourceMap: string): (line: number, column: number) => boolean {
  const map = new TraceMap(sourceMap)
  const linesOf = new Map<number, readonly string[]>()
  return (line, column) => {
    const [, source, sourceLine, sourceColumn] = traceSegment(map, line, column) ?? []
    if (source === undefined || sourceLine === undefined) return false
    const lines = linesOf.get(source) ?? (map.sourcesContent?.[source] ?? "").split(/\r\n|[\n\r\u2028\u2029]/)
    linesOf.set(source, lines)
    return /^for(?:[\s/]|$)/.test(lines[sourceLine]?.slice(sourceColumn) ?? "")
  }
}
