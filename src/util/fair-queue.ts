/** A queue that takes turns between owners: one owner's flood does not hold up another's few. */
export class FairQueue<Item> {
  readonly #queues: Map<string, Item[]> = new Map()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Adds behind the owner's others. */
  add(owner: string, item: Item): void {
    const queue = this.#queues.get(owner)
    if (queue) queue.push(item)
    else this.#queues.set(owner, [item])
    this.#size++
  }

  /** Puts items back before their owners' others, in the order that they have. */
  putBack(items: readonly Item[], ownerOf: (item: Item) => string): void {
    for (const item of items.toReversed()) {
      const owner = ownerOf(item)
      const queue = this.#queues.get(owner)
      if (queue) queue.unshift(item)
      else this.#queues.set(owner, [item])
      this.#size++
    }
  }

  /** Takes the next item of the next owner that is let through; undefined where there is none. */
  take(admits: (owner: string) => boolean): Item | undefined {
    for (const [owner, queue] of this.#queues) {
      if (!admits(owner)) continue
      const item = queue.shift()
      // Back to the end of the round, or out of it.
      this.#queues.delete(owner)
      if (queue.length > 0) this.#queues.set(owner, queue)
      this.#size--
      return item
    }
    return undefined
  }

  /** Removes and gives everything. */
  drain(): readonly Item[] {
    const items = [...this.#queues.values()].flat()
    this.#queues.clear()
    this.#size = 0
    return items
  }
}
