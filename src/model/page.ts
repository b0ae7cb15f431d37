/** One page of a list; `next` goes into the following call's `cursor`, and is null on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** Which page, as callers ask for it. */
export interface PageInput {
  /** 1 to 1000. @default 100 */
  readonly limit?: number
  /** `next` of the page before; null is the first one. */
  readonly cursor?: string | null
}

/** Which page: at most `limit` items after `cursor`. */
export interface PageRequest {
  readonly limit: number
  readonly cursor?: string
}
