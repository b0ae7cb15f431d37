/** Of each block the first task is not measured: it still meets what the other way has left. */
const blockLength = 4
/** As many blocks go each way, in turns. */
const blocks = 10
/** A choice holds for so many tasks, and for twice as many as the last time where it is the same again. */
const firstTerm = 50
const longestTerm = 1600
/** Awake costs the time of a core, so it has to bring something. */
const clearly = 0.9

/**
 * Which of two ways of waiting is faster on this machine as it is now: awake costs least where a core is free for it, and most
 * where others want that core. Now and then a few tasks go one way and a few the other, in turns, and the better one has the
 * next ones: the more of them the surer it is.
 */
export class FasterWay {
  #awakeMs: number[] = []
  #asleepMs: number[] = []
  /** Tasks that were tried, or that go the better way since. */
  #count = 0
  #isTrying = true
  #isAwake = false
  #term = firstTerm / 2

  /** Whether to wait awake for the next task. */
  get isAwake(): boolean {
    return this.#isTrying ? Math.floor(this.#count / blockLength) % 2 === 0 : this.#isAwake
  }

  /** A task has taken so long, waited for as it was told. */
  took(ms: number): void {
    if (this.#isTrying && this.#count % blockLength > 0) (this.isAwake ? this.#awakeMs : this.#asleepMs).push(ms)
    this.#count++
    if (this.#count < (this.#isTrying ? blocks * blockLength : this.#term)) return
    if (this.#isTrying) this.#choose()
    this.#isTrying = !this.#isTrying
    this.#count = 0
  }

  #choose(): void {
    const wasAwake = this.#isAwake
    this.#isAwake = middleOf(this.#awakeMs) < clearly * middleOf(this.#asleepMs)
    this.#term = this.#isAwake === wasAwake ? Math.min(2 * this.#term, longestTerm) : firstTerm
    this.#awakeMs = []
    this.#asleepMs = []
  }
}

function middleOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN
}
