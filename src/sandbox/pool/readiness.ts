/** Something that becomes ready, perhaps after it had seemed that it never would. */
export class Readiness {
  #promise!: Promise<void>
  #resolve!: () => void
  #reject!: (error: Error) => void
  #isReached = false

  constructor() {
    this.#begin()
  }

  /** Resolves when it is ready; rejects when it does not become so for now. */
  get promise(): Promise<void> {
    return this.#promise
  }

  /** It is ready. */
  reach(): void {
    this.#isReached = true
    this.#resolve()
  }

  /** Whoever waits hears of a failure; whoever asks later waits again. */
  fail(error: Error): void {
    if (this.#isReached) return
    this.#reject(error)
    this.#begin()
  }

  #begin(): void {
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    // Where nobody waits, a failure must not end the process.
    this.#promise.catch(() => {})
  }
}
