import { createHash } from "node:crypto"

/** Entries in the order of their names. */
export function sortedEntries(
  dimensions: Readonly<Record<string, string>>,
): readonly (readonly [name: string, value: string])[] {
  return Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The id of a series: the same for the same key, function and dimensions, wherever it is made. */
export function seriesId(key: string, functionId: string | null, dimensions: Readonly<Record<string, string>>): string {
  const text = JSON.stringify([key, functionId, sortedEntries(dimensions)])
  return createHash("sha256").update(text).digest("base64url").slice(0, 22)
}
