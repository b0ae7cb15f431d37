import { decodeSegment, splitPath, toRouteSegments } from "./route-pattern.ts"

/** One route: what answers the methods of a path. */
export interface Route<Value> {
  /** Such as `/users/:id` or `/files/*`. */
  readonly path: string
  /** Null answers every method. */
  readonly methods: readonly string[] | null
  readonly value: Value
}

/** What a request's path matched. */
export interface RouteMatch<Value> {
  readonly value: Value
  /** Decoded; what `*` stood for is under the name `*`. */
  readonly params: Readonly<Record<string, string>>
}

/** Routes, compiled for matching. */
export interface RouteTable<Value> {
  /** The most specific route: fixed text before a parameter before `*`, from left to right; HEAD falls back to GET. */
  match(method: string, path: string): RouteMatch<Value> | null
  /** The methods that the path's routes answer, sorted; empty where no route has the path. */
  methods(path: string): readonly string[]
}

/** Compiles routes. Where two of them answer the same, the first one wins. */
export function createRouteTable<Value>(routes: readonly Route<Value>[]): RouteTable<Value> {
  const root = newNode<Value>()
  for (const route of routes) add(root, route)
  return {
    match(method, path) {
      const values: string[] = []
      const parts = splitPath(path)
      const entry = walk(
        root,
        parts,
        0,
        values,
        (leaf) => leaf.get(method) ?? (method === "HEAD" ? leaf.get("GET") : undefined) ?? leaf.get(anyMethod),
      )
      if (entry === undefined) return null
      return { value: entry.value, params: toParams(entry.names, values) }
    },
    methods(path) {
      const found = new Set<string>()
      walk(root, splitPath(path), 0, [], (leaf) => {
        for (const method of leaf.keys()) {
          for (const name of method === anyMethod ? everyMethod : [method]) found.add(name)
        }
        return undefined
      })
      if (found.has("GET")) found.add("HEAD")
      return [...found].sort()
    },
  }
}

const anyMethod = "*"
const everyMethod = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
const noParams: Readonly<Record<string, string>> = Object.freeze({})

/** A route at the place where its path ends; its parameters' names in their order. */
interface Entry<Value> {
  readonly value: Value
  readonly names: readonly string[]
}

type Leaf<Value> = Map<string, Entry<Value>>

interface Node<Value> {
  readonly statics: Map<string, Node<Value>>
  parameter: Node<Value> | null
  rest: Leaf<Value> | null
  readonly leaf: Leaf<Value>
}

function newNode<Value>(): Node<Value> {
  return { statics: new Map(), parameter: null, rest: null, leaf: new Map() }
}

function add<Value>(root: Node<Value>, route: Route<Value>): void {
  const names: string[] = []
  let node = root
  let leaf = root.leaf
  for (const segment of toRouteSegments(route.path)) {
    if (segment.kind === "rest") {
      names.push("*")
      node.rest ??= new Map()
      leaf = node.rest
      break
    }
    let next = segment.kind === "static" ? node.statics.get(segment.text) : node.parameter
    next ??= newNode()
    if (segment.kind === "static") node.statics.set(segment.text, next)
    else {
      node.parameter = next
      names.push(segment.name)
    }
    node = next
    leaf = next.leaf
  }
  for (const method of route.methods ?? [anyMethod]) {
    if (!leaf.has(method)) leaf.set(method, { value: route.value, names })
  }
}

/** Tries the ways through the tree, most specific first; `values` holds the parameters of the way that was taken. */
function walk<Value>(
  node: Node<Value>,
  parts: readonly string[],
  index: number,
  values: string[],
  pick: (leaf: Leaf<Value>) => Entry<Value> | undefined,
): Entry<Value> | undefined {
  const part = parts[index]
  if (part === undefined) {
    const entry = pick(node.leaf)
    if (entry) return entry
  } else {
    const text = decodeSegment(part)
    const fixed = node.statics.get(text)
    const entry = fixed && walk(fixed, parts, index + 1, values, pick)
    if (entry) return entry
    if (node.parameter && text !== "") {
      values.push(text)
      const found = walk(node.parameter, parts, index + 1, values, pick)
      if (found) return found
      values.pop()
    }
  }
  if (!node.rest) return undefined
  const entry = pick(node.rest)
  if (entry) values.push(parts.slice(index).map(decodeSegment).join("/"))
  return entry
}

function toParams(names: readonly string[], values: readonly string[]): Readonly<Record<string, string>> {
  if (names.length === 0) return noParams
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]))
}
