import type { RefusedCount, TriggerStore } from "../../ports/trigger-storage.ts"

/** Counts what is refused, and writes the counts down now and then: whoever sends rubbish must not cause a write each time. */
export interface Refusals {
  add(organisation: string, triggerId: string): void
  /** Waits until all that was added is written; what cannot be written is tried again later. */
  flush(): Promise<void>
}

const writeAfterMs = 1000

/** Creates an empty count. It has no timer while nothing is refused. */
export function createRefusals(options: {
  readonly store: Pick<TriggerStore, "addRefused">
  readonly onError: (error: unknown) => void
}): Refusals {
  const { store, onError } = options
  let counts = new Map<string, RefusedCount>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  function add(organisation: string, triggerId: string, count = 1): void {
    const before = counts.get(triggerId)?.count ?? 0
    counts.set(triggerId, { organisation, triggerId, count: before + count })
    timer ??= setTimeout(flush, writeAfterMs).unref()
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(write)
    return writing
  }

  async function write(): Promise<void> {
    const due = [...counts.values()]
    if (due.length === 0) return
    counts = new Map()
    try {
      await store.addRefused(due)
    } catch (error) {
      onError(error)
      for (const { organisation, triggerId, count } of due) add(organisation, triggerId, count)
    }
  }

  return { add: (organisation, triggerId) => add(organisation, triggerId), flush }
}
