import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping"

const maxStackChars = 32_768
const maxFrames = 64
const maxKeptChars = 32 * 1024 * 1024

const kept = new Map<string, OpenMap>()
let keptChars = 0

/**
 * Turns the stack of a bundle into one of the files that it was made from. Frames of other files are dropped, and so is
 * everything else: a stack may be any text that a guest made up. The maps used last are kept under `key`. The engine counts
 * columns in bytes; `code` makes them exact on lines that are not plain ASCII.
 */
export function mapStack(stack: string, sourceMap: string, key: string, code = ""): string {
  const frames = readFrames(stack)
  if (frames.length === 0) return ""
  return locateAll(
    frames,
    open(key, () => openMap(sourceMap, code)),
  )
}

/** The same by a map that is kept; undefined where the map must be read first. */
export function mapStackAgain(stack: string, key: string): string | undefined {
  const frames = readFrames(stack)
  if (frames.length === 0) return ""
  const known = kept.get(key)
  return (
    known &&
    locateAll(
      frames,
      open(key, () => known),
    )
  )
}

function locateAll(frames: readonly Frame[], map: OpenMap): string {
  return frames.flatMap((frame) => map.locate(frame) ?? []).join("\n")
}

function open(key: string, make: () => OpenMap): OpenMap {
  const known = kept.get(key)
  kept.delete(key)
  const map = known ?? make()
  kept.set(key, map)
  if (!known) keptChars += map.chars
  for (const [oldKey, oldest] of kept) {
    if (keptChars <= maxKeptChars || kept.size === 1) break
    kept.delete(oldKey)
    keptChars -= oldest.chars
  }
  return map
}

interface Frame {
  readonly name: string
  readonly line: number
  readonly column: number
}

interface OpenMap {
  readonly chars: number
  locate(frame: Frame): string | undefined
}

/** Frames look like `    at name (bundle.js:12:5)`. */
function readFrames(stack: string): Frame[] {
  const frames: Frame[] = []
  for (const line of stack.slice(0, maxStackChars).split("\n")) {
    if (frames.length === maxFrames) break
    if (line.length > 1000) continue
    const match = /^ *at (?:(.*) \()?bundle\.js:(\d{1,9}):(\d{1,9})\)?$/.exec(line)
    if (match) frames.push({ name: match[1] ?? "", line: Number(match[2]), column: Number(match[3]) })
  }
  return frames
}

function openMap(sourceMap: string, code: string): OpenMap {
  const map = new TraceMap(sourceMap)
  const lines = /[^\0-\x7f]/.test(code) ? code.split("\n") : undefined
  return {
    chars: sourceMap.length + (lines ? code.length : 0),
    locate({ name, line, column }) {
      if (line < 1 || column < 1) return undefined
      const place = { line, column: toCodeUnits(lines?.[line - 1], column - 1) }
      const original = originalPositionFor(map, place)
      if (original.source === null || original.line === null) return undefined
      return `    at ${shownName(name)} (${original.source}:${original.line}:${original.column + 1})`
    },
  }
}

/** The engine counts columns in bytes of UTF-8, source maps in code units. */
function toCodeUnits(line: string | undefined, bytes: number): number {
  if (line === undefined) return bytes
  return Buffer.from(line.slice(0, bytes + 1))
    .subarray(0, bytes)
    .toString().length
}

/** Wrapped CommonJS files are functions under the names of their files. */
function shownName(name: string): string {
  const clean = name.replace(/\p{Cc}/gu, "")
  return clean === "" || /^(?:upload|module|code|absent|empty):/.test(clean) ? "<module>" : clean
}
