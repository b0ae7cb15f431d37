/** Odd, so that there is one in the middle. */
const triesEach = 15
const tasksPerChoice = 500

/**
 * Which of two ways of waiting is faster on this machine as it is now: awake costs least where a core is free for it, and most
 * where others want that core. Now and then some tasks go one way, as many the other, and the better one has the next ones.
 */
export class FasterWay {
  #awakeMs: number[] = []
  #asleepMs: number[] = []
  #left = 0
  #isAwake = false

  /** Whether to wait awake for the next task. */
  get isAwake(): boolean {
    if (this.#left > 0) return this.#isAwake
    return this.#awakeMs.length < triesEach
  }

  /** A task has taken so long, waited for as it was told. */
  took(ms: number): void {
    if (this.#left > 0) {
      this.#left--
      return
    }
    if (this.#awakeMs.length < triesEach) this.#awakeMs.push(ms)
    else if (this.#asleepMs.push(ms) === triesEach) this.#choose()
  }

  #choose(): void {
    this.#isAwake = middleOf(this.#awakeMs) < middleOf(this.#asleepMs)
    this.#left = tasksPerChoice
    this.#awakeMs = []
    this.#asleepMs = []
  }
}

function middleOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN
}
