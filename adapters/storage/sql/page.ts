import type { Page } from "../../../src/ports/storage.ts"

/** What rows of a page may hold together where authors say how large each is; the first is there whatever its size. */
export const maxPageBytes = 1_048_576

/**
 * Makes a page of rows that were read one beyond the limit; `toCursor` tells where the next page begins. `found` is how many
 * rows there were, where those that were too large together were left out.
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  toCursor: (row: Row) => string,
  found: number = rows.length,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(toItem), next: found > shown.length && last !== undefined ? toCursor(last) : null }
}
