import { turn } from "./turn.ts"

/** Counts what is under way, so that time is moved only where nothing is. */
export interface UnderWay {
  /** Counts work until it has ended. */
  track<Result>(work: Promise<Result>): Promise<Result>
  /** The same methods, with what they give counted. */
  trackAll<Methods extends object>(methods: Methods): Methods
  /** Counts a thing of this name until it is ended; once is enough, however often it began. */
  begin(name: string): void
  end(name: string): void
  isBusy(): boolean
  /** Resolves where nothing is under way and nothing begins for a turn of the event loop. */
  settled(): Promise<void>
}

/** Creates the count. */
export function createUnderWay(): UnderWay {
  const names = new Set<string>()
  let count = 0
  let begun = 0
  let idle = () => {}

  function leave(): void {
    if (count + names.size === 0) idle()
  }

  async function track<Result>(work: Promise<Result>): Promise<Result> {
    count++
    begun++
    try {
      return await work
    } finally {
      count--
      leave()
    }
  }

  return {
    track,
    trackAll<Methods extends object>(methods: Methods): Methods {
      const tracked = Object.entries(methods).map(([name, method]) => [
        name,
        typeof method === "function" ? (...given: readonly unknown[]) => track(method(...given)) : method,
      ])
      return Object.fromEntries(tracked)
    },
    begin(name) {
      begun++
      names.add(name)
    },
    end(name) {
      names.delete(name)
      leave()
    },
    isBusy: () => count + names.size > 0,
    async settled() {
      for (;;) {
        const before = begun
        if (count + names.size > 0) {
          await new Promise<void>((resolve) => {
            idle = resolve
          })
        }
        await turn()
        if (count + names.size === 0 && begun === before) return
      }
    },
  }
}
