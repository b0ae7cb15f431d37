/** Asleep, somebody meets what comes this much later, about. */
const wakeUpMs = 0.3

/**
 * Says for how long to wait awake for what comes again and again. To sleep and be woken takes as long as a short call does;
 * so it is worth it where the last one came soon.
 */
export class Expectation {
  readonly #nearMs: number
  #since = Number.NEGATIVE_INFINITY
  #promising = false

  /** `nearMs`: for how long to wait awake at most. */
  constructor(nearMs: number) {
    this.#nearMs = nearMs
  }

  /** From now on the next one is waited for. */
  begin(now: number): void {
    this.#since = now
  }

  /** It has come. */
  met(now: number): void {
    this.#promising = now - this.#since < this.#nearMs + wakeUpMs
  }

  /** Whether it is worth waiting for awake, still. */
  isNear(now: number): boolean {
    return this.#promising && now - this.#since < this.#nearMs
  }
}
