import type { FakeTime } from "./fake-time.ts"
import type { UnderWay } from "./under-way.ts"
import type { WatchedQueue } from "./watched-queue.ts"

/** Does accepted work, and moves time where there is nothing to do. */
export interface Pump {
  /** Does what is due. */
  drain(): Promise<void>
  /** Moves time on by `ms`, from one moment at which something is due to the next, and does it there. */
  advance(ms: number): Promise<void>
  /** Moves time from one such moment to the next until `isDone`, at the most by `ms`; false where it never was. */
  advanceUntil(isDone: () => Promise<boolean>, ms: number): Promise<boolean>
  /** Moves time on by `ms`; does then what has become due meanwhile. */
  jump(ms: number): Promise<void>
}

/** What a pump moves. */
export interface PumpOptions {
  readonly time: FakeTime
  readonly work: WatchedQueue
  readonly underWay: UnderWay
}

/** Creates it; each of its methods is called after the last one has ended. */
export function createPump({ time, work, underWay }: PumpOptions): Pump {
  /** Work is taken until this has ended. */
  async function taking<Result>(pump: () => Promise<Result>): Promise<Result> {
    try {
      return await pump()
    } finally {
      work.shut()
    }
  }

  async function doWhatIsDue(): Promise<void> {
    work.open()
    for (;;) {
      await underWay.settled()
      if (work.leftNow() === 0) {
        throw new Error(
          `Cannot drain: ${work.maxJobsAtOnce} jobs were done at one moment of the clock, and there may be more; does one of them put itself into the queue again?`,
        )
      }
      const wake = time.takeDue()
      if (!wake) return
      void underWay.track(Promise.resolve(wake()))
    }
  }

  /** False where time went by without it. */
  async function advanceUntil(isDone: () => Promise<boolean>, ms: number): Promise<boolean> {
    const target = time.now() + ms
    await doWhatIsDue()
    while (!(await isDone())) {
      if (time.nextAt() > target) return false
      time.set(time.nextAt())
      await doWhatIsDue()
    }
    return true
  }

  return {
    drain: () => taking(doWhatIsDue),
    advance: (ms) =>
      taking(async () => {
        const target = time.now() + ms
        await advanceUntil(async () => false, ms)
        time.set(target)
      }),
    advanceUntil: (isDone, ms) => taking(() => advanceUntil(isDone, ms)),
    jump: (ms) =>
      taking(async () => {
        time.set(time.now() + ms)
        // The limits of what is under way are over by now: it ends by that, and must not be waited for before.
        while (underWay.isBusy()) {
          const wake = time.takeDue()
          if (!wake) break
          void underWay.track(Promise.resolve(wake()))
        }
        await doWhatIsDue()
      }),
  }
}
