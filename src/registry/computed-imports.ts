import type { Loader, Message, TransformOptions } from "esbuild"

/** esbuild's `transform`, or what stands in for it. */
export type Transform = (code: string, options: TransformOptions) => Promise<{ readonly warnings: readonly Message[] }>

/**
 * Takes imports of computed paths, such as `import("../" + name)`, out of a file before it is bundled.
 * esbuild lists the host's folders for them, without asking a plugin. The calls that are found fail when they are made, as
 * they would anyway: everything that can be imported is in the bundle. Lines and columns stay.
 */
export async function disarmComputedImports(code: string, loader: Loader, transform: Transform): Promise<string> {
  if (!mayComputeImports(code)) return code
  const { warnings } = await transform(code, {
    loader,
    format: "esm",
    jsx: "automatic",
    tsconfigRaw: {},
    logLevel: "silent",
    logLimit: 0,
    logOverride: { "unsupported-dynamic-import": "warning", "unsupported-require-call": "warning" },
  })
  const places = warnings.filter(isComputed).map((warning) => placeOf(code, warning))
  if (places.length === 0) return code
  return rewrite(code, places)
}

/** Errs on the side of yes. */
function mayComputeImports(code: string): boolean {
  if (code.includes("\\u")) return true
  const literal = /\s*\(\s*(?:"[^"\\\n]*"|'[^'\\\n]*')\s*\)/y
  const dynamic = /\s*(?:\(|\/[/*]|\.(?!\s*meta\b))/y
  for (const match of code.matchAll(/import|require/g)) {
    const end = match.index + match[0].length
    literal.lastIndex = dynamic.lastIndex = end
    if (literal.test(code)) continue
    if (match[0] === "require" || dynamic.test(code)) return true
  }
  return false
}

function isComputed(warning: Message): boolean {
  const concerned = warning.id === "unsupported-dynamic-import" || warning.id === "unsupported-require-call"
  // That one is about a plain `require("name")` where nothing is bundled.
  return concerned && !warning.text.startsWith("Converting ")
}

interface Place {
  readonly start: number
  readonly end: number
  readonly kind: "import" | "require"
}

function placeOf(code: string, warning: Message): Place {
  const { location } = warning
  const kind = warning.id === "unsupported-dynamic-import" ? "import" : "require"
  const lineStart = location ? startOfLine(code, location.line) : undefined
  if (!location || lineStart === undefined) throw new Error("An import of a computed path could not be placed.")
  // esbuild counts columns in bytes.
  const before = Buffer.from(code.slice(lineStart, lineStart + location.column + 1)).subarray(0, location.column)
  const start = lineStart + before.toString().length
  const end = start + location.length
  const word = code.slice(start, end)
  if (kind === "import" ? word !== "import" : !/^(?:require|[a-z]*\\u[\w{}\\]+)$/.test(word)) {
    throw new Error("An import of a computed path could not be placed.")
  }
  return { start, end, kind }
}

function startOfLine(code: string, line: number): number | undefined {
  const breaks = /\r\n|[\n\r\u2028\u2029]/g
  for (let current = 1; current < line; current++) {
    if (!breaks.exec(code)) return undefined
  }
  return breaks.lastIndex
}

function rewrite(code: string, places: readonly Place[]): string {
  const names = { import: unusedName(code, "$imp"), require: unusedName(code, "$req") }
  let result = ""
  let from = 0
  for (const { start, end, kind } of [...places].sort((a, b) => a.start - b.start)) {
    // One call is reported once for each path that it may mean.
    if (start < from) continue
    result += code.slice(from, start) + names[kind].padEnd(end - start)
    from = end
  }
  const error = `new Error("Cannot import a computed path: the bundle holds only what is imported by a literal one")`
  return (
    result +
    code.slice(from) +
    `\n;function ${names.import}(){return Promise.reject(${error})}function ${names.require}(){throw ${error}}`
  )
}

/** Six characters, so that it fits over `import`. */
function unusedName(code: string, prefix: string): string {
  for (let number = 0; number < 36 * 36; number++) {
    const name = prefix + number.toString(36).padStart(2, "0")
    if (!code.includes(name)) return name
  }
  throw new Error("No name is left for an import of a computed path.")
}
