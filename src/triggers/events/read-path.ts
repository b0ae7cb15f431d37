import type { CloudEvent } from "../../model/event.ts"

/** An attribute of an event, or with `data` in front a part of its data; undefined where there is none. Own keys only. */
export function readPath(event: CloudEvent, path: readonly string[]): unknown {
  const [name = "", ...way] = path
  let at: unknown = Object.hasOwn(event, name) ? event[name] : undefined
  for (const key of way) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Readonly<Record<string, unknown>>)[key]
  }
  return at
}
