import { arrayJoin, hasOwn, keys } from "./primordials.ts"

/** What a version's export can be called as. */
export type Handler =
  | { readonly kind: "function"; readonly target: (...values: unknown[]) => unknown }
  | { readonly kind: "fetch"; readonly target: { fetch(...values: unknown[]): unknown } }
  | { readonly kind: "missing"; readonly message: string }

type Exports = Readonly<Record<string, unknown>>

/** Finds the handler among a module's exports, CommonJS uploads (one default export that holds the others) included. */
export function resolveHandler(exports: Exports, exportName: string): Handler {
  const inner = membersOf(exports.default)
  const candidates =
    exportName === "default"
      ? [exports.default, exports.handler, inner?.default, inner?.handler]
      : [own(exports, exportName) ?? own(inner, exportName)]
  for (let index = 0; index < candidates.length; index++) {
    const handler = toHandler(candidates[index])
    if (handler !== undefined) return handler
  }
  const names = keys(exports)
  const found = names.length === 0 ? "the module exports nothing" : "the module exports " + arrayJoin(names, ", ")
  const wanted = '"' + exportName + '" must be a function, or an object with a fetch function'
  return { kind: "missing", message: 'Cannot find the handler "' + exportName + '": ' + found + ", " + wanted }
}

function toHandler(value: unknown): Handler | undefined {
  if (typeof value === "function") return { kind: "function", target: value as never }
  if (typeof value !== "object" || value === null) return undefined
  return typeof (value as Exports).fetch === "function" ? { kind: "fetch", target: value as never } : undefined
}

/** What every object inherits is no export of anybody's. */
function own(members: Exports | undefined, name: string): unknown {
  return members !== undefined && hasOwn(members, name) ? members[name] : undefined
}

function membersOf(value: unknown): Exports | undefined {
  return (typeof value === "object" && value !== null) || typeof value === "function" ? (value as Exports) : undefined
}
