import { FairQueue } from "./fair-queue.ts"

/** How many jobs run at once. */
export interface PlaceLimits {
  readonly all: number
  /** Of one owner. */
  readonly ofOwner: number
}

type Job = () => Promise<void>

/** Runs jobs for which there are few places: owners take turns, and one alone never takes the last place. */
export class SharedPlaces {
  readonly #limits: PlaceLimits
  readonly #waiting: FairQueue<{ readonly owner: string; readonly job: Job }> = new FairQueue()
  readonly #running: Map<string, number> = new Map()
  #taken = 0

  constructor(limits: PlaceLimits) {
    this.#limits = limits
  }

  /** Runs a job, which MUST NOT reject, when its owner's turn comes. */
  add(owner: string, job: Job): void {
    this.#waiting.add(owner, { owner, job })
    this.#runNext()
  }

  #runNext(): void {
    const hasPlace = (owner: string): boolean => (this.#running.get(owner) ?? 0) < this.#limits.ofOwner
    while (this.#taken < this.#limits.all) {
      const next = this.#waiting.take(hasPlace)
      if (!next) return
      this.#count(next.owner, 1)
      void next.job().finally(() => {
        this.#count(next.owner, -1)
        this.#runNext()
      })
    }
  }

  #count(owner: string, change: 1 | -1): void {
    const running = (this.#running.get(owner) ?? 0) + change
    this.#taken += change
    if (running > 0) this.#running.set(owner, running)
    else this.#running.delete(owner)
  }
}
