import type { Alert } from "../model/alert.ts"

/** When something has happened that is not an alert yet, the oldest first. */
export type Recent = NonNullable<Alert["recent"]>

/** Of rules that count further than that, what happens within so small a part of their time is one entry. */
const maxEntries = 100

/** What has happened in the last `withinMs`, with what happens now. */
export function addRecent(
  pending: Pick<Alert, "recent" | "firstAt" | "count"> | null,
  happening: { readonly count: number; readonly first: number; readonly lastAt: number },
  { times, withinMs }: { readonly times: number; readonly withinMs: number },
): Recent {
  const { count, first, lastAt } = happening
  // Earlier versions kept no more of it.
  const known = pending ? (pending.recent ?? [{ at: pending.firstAt, count: pending.count }]) : []
  const before = known.filter(({ at }) => at >= lastAt - withinMs)
  const last = before.at(-1)
  if (last === undefined || times <= maxEntries || first - last.at >= withinMs / maxEntries) {
    return [...before, { at: first, count }]
  }
  return [...before.slice(0, -1), { at: last.at, count: last.count + count }]
}
