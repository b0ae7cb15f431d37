/** One part of a route's path: fixed text, a parameter, or all that is left. */
export type RouteSegment =
  | { readonly kind: "static"; readonly text: string }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "rest" }

/** Reads a route such as `/users/:id/*`. A trailing slash is the same route. */
export function toRouteSegments(path: string): readonly RouteSegment[] {
  return splitPath(path).map((text) => {
    if (text === "*") return { kind: "rest" }
    if (text.startsWith(":")) return { kind: "parameter", name: text.slice(1) }
    return { kind: "static", text }
  })
}

/** The parts of a path between its slashes, not decoded; a trailing slash adds none. */
export function splitPath(path: string): string[] {
  const start = path.startsWith("/") ? 1 : 0
  const end = path.length > start && path.endsWith("/") ? path.length - 1 : path.length
  return end <= start ? [] : path.slice(start, end).split("/")
}

/** Decodes percent-encoding; text that is not well encoded stays as it is. */
export function decodeSegment(text: string): string {
  if (!text.includes("%")) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
