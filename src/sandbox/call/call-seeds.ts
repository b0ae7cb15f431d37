import { randomFillSync } from "node:crypto"

const words = 1024

/** Random seeds for calls, taken from the system in bulk: restoring a snapshot would otherwise repeat the old one. */
export class CallSeeds {
  readonly #pool: Uint32Array = new Uint32Array(words)
  #used = words

  /** Four random words as a JSON array. */
  next(): string {
    if (this.#used === words) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    const at = this.#used
    this.#used += 4
    return `[${this.#pool[at]},${this.#pool[at + 1]},${this.#pool[at + 2]},${this.#pool[at + 3]}]`
  }
}
