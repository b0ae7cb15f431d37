import { posix } from "node:path"
import { parseSync } from "oxc-parser"

/**
 * The floors of `src`, lowest first; folders on one floor never import one another. What hosts test with stands on the
 * service, as what they call it by does.
 */
const floors: readonly (readonly string[])[] = [
  ["util"],
  ["errors"],
  ["model"],
  ["ports"],
  [
    "registry",
    "sandbox",
    "triggers",
    "pipelines",
    "metrics",
    "anomaly",
    "forecast",
    "alerts",
    "logs",
    "error-groups",
    "ingest",
    "traces",
    "access",
    "connections",
  ],
  ["service"],
  ["http", "testing"],
  ["cli", "dashboard"],
]

/** Source files by their path from the project's root, such as `src/util/id.ts`. */
export type Tree = Readonly<Record<string, string>>

/** What a package declares, as far as imports are concerned. */
export interface Declared {
  readonly dependencies: readonly string[]
  /** What the build copies into the guest's scripts: nobody installs it. */
  readonly bundled: readonly string[]
  /** The files that the exports map names. */
  readonly entryPoints: readonly string[]
}

/** One import of a file, type imports included. */
export interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

const maxLines = 300

/** Files that may import upwards or sideways, and where to: the places that know what is embedded by default. */
const upward: Readonly<Record<string, RegExp>> = {
  "src/service/defaults.ts": /^(?:adapters|src\/http)\//,
  "src/testing/kit/embedded.ts": /^adapters\//,
}

/** What adapters may build upon. */
const adapterFloor = new Set(["util", "errors", "model", "ports"])

/** Lists every breach of the floors, one sentence each; empty where the tree is in order. */
export function findBreaches(tree: Tree, declared: Declared): readonly string[] {
  const imports = new Map(Object.entries(tree).map(([file, source]) => [file, readImports(file, source)]))
  const breaches: string[] = []
  const edges = new Map<string, readonly string[]>()
  for (const [file, found] of imports) {
    const targets: string[] = []
    for (const { specifier, typeOnly } of found) {
      if (!specifier.startsWith(".")) {
        const breach = checkPackage(file, specifier, declared)
        if (breach) breaches.push(breach)
        continue
      }
      const target = posix.join(posix.dirname(file), specifier)
      if (!(target in tree)) breaches.push(`${file} imports ${specifier}, which is no source file of the project`)
      targets.push(target)
      const breach = checkFloor(file, target, typeOnly, declared)
      if (breach) breaches.push(breach)
    }
    edges.set(file, targets)
  }
  for (const [file, source] of Object.entries(tree)) {
    const lines = source.trimEnd().split("\n").length
    if (lines > maxLines) breaches.push(`${file} has ${lines} lines, at most ${maxLines} are allowed`)
    if (!declared.entryPoints.includes(file) && isBarrel(file, source)) {
      breaches.push(`${file} only re-exports, which entry points alone may do`)
    }
  }
  for (const cycle of findCycles(edges)) breaches.push(`${cycle.join(" → ")} is a cycle`)
  return breaches
}

/** Lists what a file imports: static, dynamic and type imports, and re-exports. */
export function readImports(file: string, source: string): readonly Import[] {
  const { program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new SyntaxError(`Cannot parse ${file}: ${errors[0]?.message}`)
  const found: Import[] = []
  walk(program, (node) => {
    const literal = node.type === "TSImportType" ? (node.source ?? node.argument) : node.source
    const specifier = toLiteral(literal)
    if (specifier === undefined) return
    if (node.type === "TSImportType") found.push({ specifier, typeOnly: true })
    else if (/^(?:Import|ExportNamed|ExportAll)(?:Declaration|Expression)$/.test(node.type)) {
      found.push({ specifier, typeOnly: isTypeOnly(node) })
    }
  })
  return found
}

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit)
  } else if (typeof value === "object" && value !== null) {
    if ("type" in value && typeof value.type === "string") visit(value as Node)
    for (const child of Object.values(value)) walk(child, visit)
  }
}

function toLiteral(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("value" in value)) return undefined
  return typeof value.value === "string" ? value.value : undefined
}

function isTypeOnly(node: Node): boolean {
  if (node.importKind === "type" || node.exportKind === "type") return true
  const specifiers = node.specifiers
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false
  return specifiers.every((one: Node) => one.importKind === "type" || one.exportKind === "type")
}

function checkFloor(file: string, target: string, typeOnly: boolean, declared: Declared): string | undefined {
  const from = place(file)
  const to = place(target)
  if (upward[file]?.test(target)) return undefined
  if (to.top !== "src" && to.top !== "adapters") return `${file} imports ${target}, which is no part of the package`
  if (from.top === "src" && from.folder === undefined) return undefined
  if (from.top === "adapters") {
    if (to.top === "adapters") {
      return from.folder === to.folder ? undefined : `${file} imports ${target}, an adapter of another port`
    }
    if (to.folder !== undefined && adapterFloor.has(to.folder)) return undefined
    if (from.folder === "mount" && to.folder === "service" && typeOnly) return undefined
    return `${file} imports ${target}, but adapters know only ${[...adapterFloor].join(", ")}`
  }
  if (to.top === "adapters") return `${file} imports ${target}, but adapters stand beside the floors`
  if (to.folder === undefined) return `${file} imports ${target}, the public door`
  if (from.folder === to.folder) return undefined
  const fromFloor = floorOf(from.folder)
  const toFloor = floorOf(to.folder)
  if (fromFloor === -1) return `${file} is in a folder that is on no floor`
  if (toFloor === -1) return `${file} imports ${target}, which is in a folder that is on no floor`
  if (fromFloor === toFloor) return `${file} imports ${target} of a sibling on its own floor`
  if (fromFloor < toFloor) return `${file} (floor ${fromFloor}) imports ${target} (floor ${toFloor}) above it`
  return declared.entryPoints.includes(target) && target.endsWith("/index.ts")
    ? `${file} imports the entry point ${target}`
    : undefined
}

function place(file: string): { readonly top: string; readonly folder: string | undefined } {
  const [top = "", folder, ...rest] = file.split("/")
  return { top, folder: rest.length > 0 ? folder : undefined }
}

function floorOf(folder: string | undefined): number {
  return floors.findIndex((floor) => folder !== undefined && floor.includes(folder))
}

function checkPackage(file: string, specifier: string, declared: Declared): string | undefined {
  if (specifier.startsWith("node:") || specifier.startsWith("#")) return undefined
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/")
  if (declared.dependencies.includes(name)) return undefined
  if (file.startsWith("src/sandbox/guest/features/") && declared.bundled.includes(name)) return undefined
  return `${file} imports ${name}, which is neither a dependency nor an optional peer`
}

function isBarrel(file: string, source: string): boolean {
  const { body } = parseSync(file, source).program
  if (body.length === 0) return false
  return body.every(
    (one) =>
      one.type === "ExportAllDeclaration" ||
      (one.type === "ExportNamedDeclaration" && toLiteral(one.source) !== undefined),
  )
}

function findCycles(edges: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const done = new Set<string>()
  const cycles: string[][] = []
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file)
    if (at !== -1) {
      cycles.push([...path.slice(at), file])
      return
    }
    if (done.has(file)) return
    for (const target of edges.get(file) ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of edges.keys()) visit(file, [])
  return cycles
}
