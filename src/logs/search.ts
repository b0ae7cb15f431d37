import type { LogLine } from "../model/log.ts"
import type { Page, PageRequest } from "../model/page.ts"
import type { LogStore, StoredLogFilter } from "../ports/log-storage.ts"

/** So many lines are looked at by one statement, so that others have their turn in between. */
const maxLooked = 10_000
/** And so many for one page. */
const maxLookedForPage = 200_000
const exportAtOnce = 500

/** A page, newest first; it may have few lines, or none, and still a `next`, where they are rare. */
export async function searchLogs(
  store: Pick<LogStore, "search">,
  organisation: string,
  filter: StoredLogFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<LogLine>> {
  const items: LogLine[] = []
  let next = cursor
  for (let looked = 0; looked < maxLookedForPage; looked += maxLooked) {
    const request = { order: "newest", limit: limit - items.length, maxLooked } as const
    const page = await store.search(organisation, filter, { ...request, ...(next !== undefined && { cursor: next }) })
    items.push(...page.items)
    if (page.next === null) return { items, next: null }
    next = page.next
    if (items.length === limit) break
  }
  return { items, next: next ?? null }
}

/** All lines, oldest first, as NDJSON; the storage is asked as fast as the stream is read. */
export function exportLogs(
  store: Pick<LogStore, "search">,
  organisation: string,
  filter: StoredLogFilter,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  let cursor: string | undefined
  let isCancelled = false
  return new ReadableStream(
    {
      async pull(controller) {
        while (!isCancelled) {
          const request = { order: "oldest", limit: exportAtOnce, maxLooked } as const
          const { items, next } = await store.search(organisation, filter, {
            ...request,
            ...(cursor !== undefined && { cursor }),
          })
          // Who reads may have gone meanwhile.
          if (isCancelled) return
          if (items.length > 0) controller.enqueue(encoder.encode(items.map(toRow).join("")))
          if (next === null) controller.close()
          else cursor = next
          if (items.length > 0 || next === null) return
        }
      },
      cancel() {
        isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
}

function toRow(line: LogLine): string {
  return `${JSON.stringify(line)}\n`
}
