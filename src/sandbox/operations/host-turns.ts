import { FairQueue } from "../../util/fair-queue.ts"

/** Milliseconds of one turn of the event loop that operations of guests may take. */
const turnMs = 4

/** Begins operations of guests, for a few milliseconds in each turn of the host's event loop; owners take turns. */
export class HostTurns {
  readonly #queue: FairQueue<() => void> = new FairQueue()
  #spentMs = 0
  #armed = false

  /** Runs a task now, or where this turn has had its share, in one of the next. Tasks of one owner keep their order. */
  run(owner: string, task: () => void): void {
    if (this.#queue.size > 0 || this.#spentMs >= turnMs) this.#queue.add(owner, task)
    else this.#spend(task)
    this.#arm()
  }

  #spend(task: () => void): void {
    const began = performance.now()
    task()
    this.#spentMs += performance.now() - began
  }

  #arm(): void {
    if (this.#armed) return
    this.#armed = true
    setImmediate(() => {
      this.#armed = false
      this.#spentMs = 0
      while (this.#spentMs < turnMs) {
        const task = this.#queue.take(() => true)
        if (!task) return
        this.#spend(task)
      }
      this.#arm()
    })
  }
}
