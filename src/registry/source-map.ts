import { originalPositionFor, sourceContentFor, TraceMap } from "@jridgewell/trace-mapping"
import { type CodePlace, toCodeFrame } from "./code-frame.ts"

const maxStackChars = 32_768
const maxFrames = 64
const maxKeptChars = 32 * 1024 * 1024
const maxKeptFrames = 100

/** Where an error of a bundle happened, in the files that the bundle was made from. */
export interface OwnStack {
  readonly stack: string
  /** The lines around the topmost place that is not a package's; left out where the map holds no source. */
  readonly frame?: string
}

/** The source map of one bundle. */
export interface BundleMap {
  /**
   * Turns a stack of the bundle into one of its files. Frames of other files are dropped, and so is everything else: a stack
   * may be any text that a guest made up.
   */
  mapStack(stack: string): OwnStack
  /** The same for the stacks within any text, of which the rest stays. */
  mapText(text: string): string
}

const kept = new Map<string, OpenMap>()
let keptChars = 0

/** Whether a text holds places of a bundle or of the sandbox. */
export function hasPlaces(text: string): boolean {
  return text.includes("bundle.js:") || text.includes("inlay:guest:")
}

/**
 * Reads a map, or takes the one that is kept under `key`. The engine counts columns in bytes; `code` makes them exact on lines
 * that are not plain ASCII.
 */
export function openBundleMap(sourceMap: string, key: string, code = ""): BundleMap {
  return keptBundleMap(key) ?? keep(key, new OpenMap(sourceMap, code))
}

/** The map that is kept; undefined where it must be read first. */
export function keptBundleMap(key: string): BundleMap | undefined {
  const known = kept.get(key)
  if (!known) return undefined
  kept.delete(key)
  kept.set(key, known)
  return known
}

function keep(key: string, map: OpenMap): OpenMap {
  kept.set(key, map)
  keptChars += map.chars
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

class OpenMap implements BundleMap {
  readonly chars: number
  readonly #map: TraceMap
  /** Where the bundle's lines are not plain ASCII. */
  readonly #lines: readonly string[] | undefined
  readonly #codeFrames = new Map<string, string | undefined>()

  constructor(sourceMap: string, code: string) {
    this.#map = new TraceMap(sourceMap)
    this.#lines = /[^\0-\x7f]/.test(code) ? code.split("\n") : undefined
    this.chars = sourceMap.length + (this.#lines ? code.length : 0)
  }

  mapStack(stack: string): OwnStack {
    const places: CodePlace[] = []
    const shown: string[] = []
    for (const { name, ...at } of readFrames(stack)) {
      const place = this.#locate(at)
      if (!place) continue
      places.push(place)
      shown.push(toFrame(name, place))
    }
    const own = places.filter(({ path }) => !isPackage(path))
    const frame = this.#firstFrame([...own, ...places])
    return { stack: shown.join("\n"), ...(frame !== undefined && { frame }) }
  }

  mapText(text: string): string {
    if (!hasPlaces(text)) return text
    const frames = /\n *at (?:([^\n]{0,300}?) \()?(bundle\.js|inlay:guest):(\d{1,9}):(\d{1,9})\)?/g
    return text.replace(frames, (_, name: string | undefined, file: string, line: string, column: string) => {
      const place = file === "bundle.js" ? this.#locate({ line: Number(line), column: Number(column) }) : undefined
      return place ? `\n${toFrame(name ?? "", place)}` : ""
    })
  }

  #locate({ line, column }: Omit<Frame, "name">): CodePlace | undefined {
    if (line < 1 || column < 1) return undefined
    const original = originalPositionFor(this.#map, { line, column: toCodeUnits(this.#lines?.[line - 1], column - 1) })
    if (original.source === null || original.line === null) return undefined
    return { path: original.source, line: original.line, column: original.column + 1 }
  }

  #firstFrame(places: readonly CodePlace[]): string | undefined {
    for (const place of places) {
      const frame = this.#frameAt(place)
      if (frame !== undefined) return frame
    }
    return undefined
  }

  #frameAt(place: CodePlace): string | undefined {
    const key = `${place.path}:${place.line}:${place.column}`
    if (this.#codeFrames.has(key)) return this.#codeFrames.get(key)
    if (this.#codeFrames.size === maxKeptFrames) this.#codeFrames.clear()
    const source = sourceContentFor(this.#map, place.path)
    const frame = source === null ? undefined : toCodeFrame(place, source)
    this.#codeFrames.set(key, frame)
    return frame
  }
}

/** The engine counts columns in bytes of UTF-8, source maps in code units. */
function toCodeUnits(line: string | undefined, bytes: number): number {
  if (line === undefined) return bytes
  return Buffer.from(line.slice(0, bytes + 1))
    .subarray(0, bytes)
    .toString().length
}

function toFrame(name: string, { path, line, column }: CodePlace): string {
  return `    at ${shownName(name)} (${path}:${line}:${column})`
}

/** Wrapped CommonJS files are functions under the names of their files. */
function shownName(name: string): string {
  const clean = name.replace(/\p{Cc}/gu, "")
  return clean === "" || /^(?:upload|module|code|absent|empty):/.test(clean) ? "<module>" : clean
}

function isPackage(path: string): boolean {
  return path.startsWith("node_modules/") || path.includes("/node_modules/")
}
