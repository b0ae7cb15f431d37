import type { Page } from "../../../src/ports/storage.ts"

/** Makes a page of rows that were read one beyond the limit; `toCursor` tells where the next page begins. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  toCursor: (row: Row) => string,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(toItem), next: rows.length > limit && last !== undefined ? toCursor(last) : null }
}
