import { originalPositionFor, sourceContentFor, TraceMap } from "@jridgewell/trace-mapping"
import { type CodePlace, neutralise, toCodeFrame } from "./code-frame.ts"
import { findFailing, maxAhead, type RaisedError } from "./failing-place.ts"

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

/** The source map of one bundle, or of a version's bundle with its layers. */
export interface BundleMap {
  /**
   * Turns the stack of an error of the bundle into one of its files. Frames of other files are dropped, and so is everything
   * else but what its causes say: a stack may be any text that a guest made up.
   */
  mapStack(error: RaisedError & { readonly stack: string }): OwnStack
  /** The same for the stacks within any text, of which the rest stays. */
  mapText(text: string): string
}

const kept = new Map<string, OpenMap>()
let keptChars = 0

/** Whether a text holds places of a bundle or of the sandbox. */
export function hasPlaces(text: string): boolean {
  return text.includes("bundle.js:") || text.includes("inlay:guest:") || text.includes("layer:")
}

/**
 * Reads a map, or takes the one that is kept under `key`. `code` is the bundle: with it the places are exact where the engine's
 * own are not.
 */
export function openBundleMap(sourceMap: string, key: string, code = ""): BundleMap {
  return keptBundleMap(key) ?? keep(key, new OpenMap(sourceMap, code))
}

/** The maps of several scripts as one: by the names that frames have for them, `bundle.js` and `layer:NAME`. */
export function joinMaps(maps: ReadonlyMap<string, BundleMap>): BundleMap {
  const find = (fileName: string) => maps.get(fileName) as OpenMap | undefined
  return { mapStack: (error) => mapStackBy(find, error), mapText: (text) => mapTextBy(find, text) }
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

/** The name under which sandboxes evaluate a version's bundle. */
export const bundleFileName = "bundle.js"

const topFrame = /^\s*at (?:[^\n]{0,1000} \()?(?:bundle\.js|layer:[\w-]{1,64}):/

interface Frame {
  readonly fileName: string
  readonly name: string
  readonly line: number
  readonly column: number
}

/** Frames look like `    at name (bundle.js:12:5)` or `    at name (layer:dates:12:5)`; what an error was caused by is a line as it is. */
function readFrames(stack: string): (Frame | string)[] {
  const frames: (Frame | string)[] = []
  for (const line of stack.slice(0, maxStackChars).split("\n")) {
    if (frames.length === maxFrames) break
    if (line.startsWith("Caused by: ")) frames.push(neutralise(line.slice(0, 1000)))
    if (line.length > 1000) continue
    const match = /^ *at (?:(.*) \()?(bundle\.js|layer:[\w-]{1,64}):(\d{1,9}):(\d{1,9})\)?$/.exec(line)
    if (!match) continue
    const [, name = "", fileName = "", row, column] = match
    frames.push({ name, fileName, line: Number(row), column: Number(column) })
  }
  return frames
}

type Place = Pick<Frame, "line" | "column">
type FindMap = (fileName: string) => OpenMap | undefined

function mapStackBy(find: FindMap, { stack, ...error }: RaisedError & { readonly stack: string }): OwnStack {
  const places: (CodePlace & { readonly map: OpenMap })[] = []
  const shown: string[] = []
  // Where something else is on top, the bundle only called it.
  const isOnTop = topFrame.test(stack)
  for (const [index, line] of readFrames(stack).entries()) {
    if (typeof line === "string") {
      shown.push(line)
      continue
    }
    const { name, fileName, ...at } = line
    const map = find(fileName)
    const place = map?.locate(at, isOnTop && index === 0 ? error : undefined)
    if (!map || !place) continue
    places.push({ ...place, map })
    shown.push(toFrame(name, place))
  }
  const own = places.filter(({ path }) => !isPackage(path))
  let frame: string | undefined
  for (const { map, ...place } of [...own, ...places]) frame ??= map.frameAt(place)
  return { stack: shown.join("\n"), ...(frame !== undefined && { frame }) }
}

function mapTextBy(find: FindMap, text: string): string {
  if (!hasPlaces(text)) return text
  const frames = /(^|\n) *at (?:([^\n]{0,300}?) \()?(bundle\.js|inlay:guest|layer:[\w-]{1,64}):(\d{1,9}):(\d{1,9})\)?/g
  return text.replace(
    frames,
    (_, before: string, name: string | undefined, file: string, line: string, column: string) => {
      const place = find(file)?.locate({ line: Number(line), column: Number(column) })
      return place ? before + toFrame(name ?? "", place) : ""
    },
  )
}

class OpenMap implements BundleMap {
  readonly chars: number
  readonly #map: TraceMap
  readonly #code: string
  readonly #isAscii: boolean
  #lineStarts: readonly number[] | undefined
  readonly #codeFrames: Map<string, string | undefined> = new Map()

  constructor(sourceMap: string, code: string) {
    this.#map = new TraceMap(sourceMap)
    this.#code = code
    this.#isAscii = !/[^\0-\x7f]/.test(code)
    this.chars = sourceMap.length + code.length
  }

  mapStack(error: RaisedError & { readonly stack: string }): OwnStack {
    return mapStackBy((fileName) => (fileName === bundleFileName ? this : undefined), error)
  }

  mapText(text: string): string {
    return mapTextBy((fileName) => (fileName === bundleFileName ? this : undefined), text)
  }

  locate(at: Place, error?: RaisedError): CodePlace | undefined {
    if (at.line < 1 || at.column < 1) return undefined
    const original = originalPositionFor(this.#map, this.#exactPlace(at, error))
    if (original.source === null || original.line === null) return undefined
    return { path: original.source, line: original.line, column: original.column + 1 }
  }

  /** The engine counts columns in bytes of UTF-8, source maps in code units. */
  #exactPlace({ line, column }: Place, error: RaisedError | undefined): { line: number; column: number } {
    this.#lineStarts ??= startsOfLines(this.#code)
    const start = this.#lineStarts[line - 1]
    if (start === undefined) return { line, column: column - 1 }
    const units = this.#isAscii ? column - 1 : toCodeUnits(this.#code.slice(start, start + column), column - 1)
    const offset = start + units
    const further = error && findFailing(error, this.#code.slice(offset, offset + maxAhead))
    if (further === undefined) return { line, column: units }
    const found = this.#lineStarts.findLastIndex((each) => each <= offset + further)
    return { line: found + 1, column: offset + further - (this.#lineStarts[found] ?? 0) }
  }

  frameAt(place: CodePlace): string | undefined {
    const key = `${place.path}:${place.line}:${place.column}`
    if (this.#codeFrames.has(key)) return this.#codeFrames.get(key)
    if (this.#codeFrames.size === maxKeptFrames) this.#codeFrames.clear()
    const source = sourceContentFor(this.#map, place.path)
    const frame = source === null ? undefined : toCodeFrame(place, source)
    this.#codeFrames.set(key, frame)
    return frame
  }
}

function toCodeUnits(line: string, bytes: number): number {
  return Buffer.from(line).subarray(0, bytes).toString().length
}

function startsOfLines(code: string): readonly number[] {
  const starts = code === "" ? [] : [0]
  for (let end = code.indexOf("\n"); end >= 0; end = code.indexOf("\n", end + 1)) starts.push(end + 1)
  return starts
}

function toFrame(name: string, { path, line, column }: CodePlace): string {
  return `    at ${shownName(name)} (${neutralise(path)}:${line}:${column})`
}

/** Wrapped CommonJS files are functions under the names of their files. */
function shownName(name: string): string {
  const clean = neutralise(name)
  return clean === "" || /^(?:upload|module|code|absent|empty):/.test(clean) ? "<module>" : clean
}

function isPackage(path: string): boolean {
  return path.startsWith("node_modules/") || path.includes("/node_modules/")
}
