import { describeError, headline } from "./errors.ts"
import {
  arrayJoin,
  bufferLength,
  dateTime,
  dateToISOString,
  functionToString,
  getOwnPropertyDescriptor,
  getPrototypeOf,
  hasInChain,
  is,
  isArray,
  isError,
  mapForEach,
  mapGet,
  mapSize,
  objectPrototype,
  ownKeys,
  quote,
  regExpFlags,
  regExpSource,
  setForEach,
  setSize,
  slice,
  split,
  startsWith,
  symbolToString,
  typedArrayLength,
  typedArrayName,
} from "./primordials.ts"
import { interfaces } from "./webidl.ts"

const maxEntries = 100
const lineWidth = 76

/** How much may still be written, and which objects enclose the present one. */
interface Walk {
  left: number
  readonly maxDepth: number
  readonly enclosing: unknown[]
}

/**
 * Any value as text for a log, as far as depth and length allow. Reads data properties only: a getter is named, not
 * called; what a proxy throws is passed over.
 */
export function inspect(value: unknown, options: { readonly depth?: number; readonly length?: number } = {}): string {
  return show(value, 0, { left: options.length ?? 10_000, maxDepth: options.depth ?? 4, enclosing: [] })
}

function show(value: unknown, depth: number, walk: Walk): string {
  const shown = showAny(value, depth, walk)
  walk.left -= shown.length
  return shown
}

function showAny(value: unknown, depth: number, walk: Walk): string {
  if (typeof value === "string") return quoted(value.length > walk.left ? slice(value, 0, walk.left) + "…" : value)
  if (typeof value === "symbol") return symbolToString(value)
  if (typeof value === "bigint") return value + "n"
  if (is(value, -0)) return "-0"
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return String(value)
  if (walk.left <= 0) return "…"
  for (let index = 0; index < walk.enclosing.length; index++) if (walk.enclosing[index] === value) return "[Circular]"
  walk.enclosing[depth] = value
  walk.enclosing.length = depth + 1
  try {
    return showObject(value, depth, walk)
  } catch {
    return "[Unreadable]"
  } finally {
    walk.enclosing.length = depth
  }
}

function showObject(value: object, depth: number, walk: Walk): string {
  if (typeof value === "function") return functionTitle(value)
  if (isArray(value)) return showArray(value, value.length, "", depth, walk)
  const prototype = getPrototypeOf(value)
  if (prototype !== objectPrototype && prototype !== null) {
    const special = showSpecial(value, depth, walk)
    if (special !== undefined) return special
  }
  const name = prototype === objectPrototype ? "" : constructorName(value)
  return showProperties(value, name, depth, walk)
}

/** An object of a web interface: the parts that its interface tells of. */
function showInterface(value: object, depth: number, walk: Walk): string | undefined {
  for (let at = getPrototypeOf(value) as object | null; at !== null; at = getPrototypeOf(at)) {
    const describe = mapGet(interfaces, at)
    if (describe === undefined) continue
    return showProperties(describe(value as never), constructorName(value), depth, walk)
  }
  return undefined
}

/** Objects whose content is not in their properties; undefined for all others. */
function showSpecial(value: object, depth: number, walk: Walk): string | undefined {
  if (isError(value) || hasInChain(DOMException.prototype, value)) return showError(value, depth, walk)
  const name = typedArrayName(value)
  if (name !== undefined) {
    const length = typedArrayLength(value)
    return showArray(value as unknown[], length, name + "(" + length + ") ", depth, walk)
  }
  if (hasInChain(Map.prototype, value)) return showMap(value as Map<unknown, unknown>, depth, walk)
  if (hasInChain(Set.prototype, value)) return showSet(value as Set<unknown>, depth, walk)
  if (hasInChain(Date.prototype, value)) return is(dateTime(value), NaN) ? "Invalid Date" : dateToISOString(value)
  if (hasInChain(RegExp.prototype, value)) return "/" + regExpSource(value) + "/" + regExpFlags(value)
  if (hasInChain(ArrayBuffer.prototype, value)) return "ArrayBuffer { byteLength: " + bufferLength(value) + " }"
  return showInterface(value, depth, walk)
}

function showError(value: object, depth: number, walk: Walk): string {
  const error = describeError(value)
  const stack = error.stack === "" ? "" : "\n" + arrayJoin(split(error.stack, "\n"), "\n")
  const shown = headline(error) + (stack.length > 2000 ? slice(stack, 0, 2000) + "…" : stack)
  const properties = showProperties(value, "", depth, walk, "stack")
  const trimmed = shown[shown.length - 1] === "\n" ? slice(shown, 0, -1) : shown
  return properties === "{}" ? trimmed : trimmed + " " + properties
}

function showMap(value: Map<unknown, unknown>, depth: number, walk: Walk): string {
  const title = "Map(" + mapSize(value) + ")"
  if (depth >= walk.maxDepth) return "[" + title + "]"
  const entries: string[] = []
  let count = 0
  mapForEach(value, (item, key) => {
    if (count++ < maxEntries && walk.left > 0) {
      add(entries, show(key, depth + 1, walk) + " => " + show(item, depth + 1, walk))
    }
  })
  return braces(title + " ", "{", entries, count, "}", depth)
}

function showSet(value: Set<unknown>, depth: number, walk: Walk): string {
  const title = "Set(" + setSize(value) + ")"
  if (depth >= walk.maxDepth) return "[" + title + "]"
  const entries: string[] = []
  let count = 0
  setForEach(value, (item) => {
    if (count++ < maxEntries && walk.left > 0) add(entries, show(item, depth + 1, walk))
  })
  return braces(title + " ", "{", entries, count, "}", depth)
}

function showArray(value: readonly unknown[], length: number, title: string, depth: number, walk: Walk): string {
  if (depth >= walk.maxDepth) return title === "" ? "[Array(" + length + ")]" : "[" + slice(title, 0, -1) + "]"
  const entries: string[] = []
  for (let index = 0; index < length && index < maxEntries && walk.left > 0; index++) {
    const property = getOwnPropertyDescriptor(value, index)
    add(entries, property === undefined ? "<empty>" : showProperty(property, depth, walk))
  }
  return braces(title, "[", entries, length, "]", depth)
}

function showProperties(value: object, name: string, depth: number, walk: Walk, without = ""): string {
  const title = name === "" ? "" : name + " "
  if (depth >= walk.maxDepth) return name === "" ? "[Object]" : "[" + name + "]"
  const entries: string[] = []
  const names = ownKeys(value)
  let count = 0
  for (let index = 0; index < names.length; index++) {
    const key = names[index] as string | symbol
    const property = key === without ? undefined : getOwnPropertyDescriptor(value, key)
    if (property === undefined || !property.enumerable) continue
    if (count++ >= maxEntries || walk.left <= 0) continue
    add(entries, showKey(key) + ": " + showProperty(property, depth, walk))
  }
  return braces(title, "{", entries, count, "}", depth)
}

function showProperty(property: PropertyDescriptor, depth: number, walk: Walk): string {
  if ("value" in property) return show(property.value, depth + 1, walk)
  if (property.get === undefined) return "[Setter]"
  return property.set === undefined ? "[Getter]" : "[Getter/Setter]"
}

function showKey(key: string | symbol): string {
  if (typeof key === "symbol") return "[" + symbolToString(key) + "]"
  for (let index = 0; index < key.length; index++) {
    const letter = key[index] as string
    const plain =
      (letter >= "a" && letter <= "z") || (letter >= "A" && letter <= "Z") || letter === "_" || letter === "$"
    if (!plain && !(index > 0 && letter >= "0" && letter <= "9")) return quoted(key)
  }
  return key === "" ? "''" : key
}

function braces(title: string, open: string, entries: string[], count: number, close: string, depth: number): string {
  if (count > entries.length) add(entries, "… " + (count - entries.length) + " more")
  if (entries.length === 0) return "" + title + open + close
  const line = "" + title + open + " " + arrayJoin(entries, ", ") + " " + close
  if (line.length + depth * 2 <= lineWidth && split(line, "\n").length === 1) return line
  let indent = "\n"
  for (let level = 0; level < depth; level++) indent += "  "
  return "" + title + open + indent + "  " + arrayJoin(entries, "," + indent + "  ") + indent + close
}

function functionTitle(value: object): string {
  const name = ownText(value, "name")
  const kind = startsWith(functionToString(value), "class") ? "class" : "Function"
  return name === "" ? "[" + kind + " (anonymous)]" : "[" + kind + ": " + name + "]"
}

/** The name of the class, by data properties alone. */
function constructorName(value: object): string {
  for (let at = getPrototypeOf(value); at !== null; at = getPrototypeOf(at)) {
    const property = getOwnPropertyDescriptor(at, "constructor")
    if (property && typeof property.value === "function") return ownText(property.value, "name")
  }
  return "[Object: null prototype]"
}

function ownText(value: object, key: string): string {
  const property = getOwnPropertyDescriptor(value, key)
  return property !== undefined && typeof property.value === "string" ? property.value : ""
}

function quoted(text: string): string {
  const inner = slice(quote(text), 1, -1)
  return "'" + arrayJoin(split(arrayJoin(split(inner, '\\"'), '"'), "'"), "\\'") + "'"
}

function add(list: string[], text: string): void {
  list[list.length] = text
}
