import { FunctionsError } from "../errors/functions-error.ts"

/** Counts the work under way, so that closing can wait for it, and lets no more in from then on. */
export interface Gate {
  /** Does the work; rejects with `FN_008` where the gate is shut. */
  enter<Result>(work: () => Promise<Result>): Promise<Result>
  shut(): void
  /** Resolves where nothing is under way, at the latest after `graceMs`. */
  drain(graceMs: number): Promise<void>
}

/** Creates an open gate. */
export function createGate(): Gate {
  let isShut = false
  let underWay = 0
  let idle = () => {}

  return {
    async enter(work) {
      if (isShut) throw new FunctionsError("FN_008", "Cannot do this: the service is closed, or closing.")
      underWay++
      try {
        return await work()
      } finally {
        if (--underWay === 0) idle()
      }
    },
    shut() {
      isShut = true
    },
    drain: (graceMs) =>
      new Promise((resolve) => {
        if (underWay === 0 || graceMs <= 0) return resolve()
        const timer = setTimeout(resolve, graceMs)
        idle = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}
