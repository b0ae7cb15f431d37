const maxPage = 1000

/** Which page is asked for, with the limit filled in; `RangeError` where it is none that a list has. */
export function toPageRequest(
  page: { readonly limit?: number | undefined; readonly cursor?: string | null | undefined } = {},
): {
  readonly limit: number
  readonly cursor?: string
} {
  const { limit = 100, cursor } = page
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > maxPage) {
    throw new RangeError(`Cannot list ${String(limit)} at once: a page has 1 to ${maxPage} items.`)
  }
  return cursor === undefined || cursor === null ? { limit } : { limit, cursor }
}
