/** Lets only so much of one call be under way at once: what comes later waits its turn. */
export class Turns {
  readonly #max: number
  readonly #waiting: Map<number, () => unknown> = new Map()
  #open = 0

  constructor(max: number) {
    this.#max = max
  }

  /** Begins at once, or when another has ended; each that begins says that it has ended. */
  take(id: number, begin: () => unknown): void {
    if (this.#open >= this.#max) {
      this.#waiting.set(id, begin)
      return
    }
    this.#open++
    begin()
  }

  /** One that had begun is over. */
  end(): void {
    this.#open--
    for (const [id, begin] of this.#waiting) {
      this.#waiting.delete(id)
      this.#open++
      begin()
      return
    }
  }

  /** What waits under an id is not wanted any more. */
  cancel(id: number): void {
    this.#waiting.delete(id)
  }

  /** Nothing that waits is wanted any more. */
  clear(): void {
    this.#waiting.clear()
  }
}
