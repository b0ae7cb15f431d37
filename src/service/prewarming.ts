import type { Runtime, RuntimeVersion } from "../ports/runtime.ts"
import type { FunctionStore } from "../ports/storage.ts"
import type { Lookup } from "../registry/lookup.ts"
import type { ErrorStage } from "./options.ts"

/** Loads functions ahead of their first call, where their configuration asks for instances that are always there. */
export interface Prewarming {
  /** Loads every function with triggers that asks for it. */
  start(): void
  /** Loads one function, where it asks for it: another of its versions is active now. */
  activated(function_: { readonly organisation: string; readonly name: string }): void
  /** Resolves when nothing is being loaded ahead any more. */
  settled(): Promise<void>
  /** Begins nothing more, and says nothing of what the end of the service cuts off. */
  stop(): void
}

/** Creates a prewarming. What fails is told to `onError`: the first call then fails as well, or does it itself. */
export function createPrewarming(options: {
  readonly store: FunctionStore
  readonly lookup: Lookup
  readonly runtimeOf: (version: RuntimeVersion) => Runtime
  readonly onError: (error: unknown, context: { readonly stage: ErrorStage }) => void
}): Prewarming {
  const { store, lookup, runtimeOf, onError } = options
  const underWay = new Set<Promise<void>>()
  let stopped = false

  function follow(work: Promise<void>): void {
    const followed: Promise<void> = work
      .catch((error) => {
        if (!stopped) onError(error, { stage: "prewarming" })
      })
      .then(() => void underWay.delete(followed))
    underWay.add(followed)
  }

  async function warm(organisation: string, name: string): Promise<void> {
    const { minInstances, version } = await lookup.resolve(organisation, name)
    if (minInstances > 0) await runtimeOf(version).load(version)
  }

  async function warmAll(): Promise<void> {
    // One after the other: while a host starts, its own work goes first.
    for (const { organisation, name, activeVersion } of await store.listRouted()) {
      if (stopped) return
      if (activeVersion !== null) await warm(organisation, name)
    }
  }

  return {
    stop() {
      stopped = true
    },
    start: () => follow(warmAll()),
    activated: ({ organisation, name }) => follow(warm(organisation, name)),
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
