/** Asleep, somebody meets what comes this much later, at most, about. */
const wakeUpMs = 0.3
/** After a wait in vain, so many come without that anybody waits for them awake. */
const pauseLength = 10

/**
 * Says for how long to wait awake for what comes again and again. To sleep and be woken takes as long as a short call does;
 * so it is worth it where the last one came soon.
 */
export class Expectation {
  readonly #nearMs: number
  #since = Number.NEGATIVE_INFINITY
  #isPromising = false
  #isWaiting = false
  /** How many are yet to come asleep. */
  #pause = 0

  /** `nearMs`: for how long to wait awake at most. */
  constructor(nearMs: number) {
    this.#nearMs = nearMs
  }

  /** From now on the next one is waited for. */
  begin(now: number): void {
    this.#since = now
    this.#isWaiting = false
  }

  /** It has come. */
  met(now: number): void {
    const tookMs = now - this.#since
    if (this.#isWaiting && tookMs >= this.#nearMs) this.#pause = pauseLength
    else if (this.#pause > 0) this.#pause--
    this.#isPromising = this.#pause === 0 && tookMs < this.#nearMs + wakeUpMs
  }

  /** Whether it is worth waiting for awake, still. */
  isNear(now: number): boolean {
    if (!this.#isPromising) return false
    this.#isWaiting = true
    return now - this.#since < this.#nearMs
  }
}
