/** A queue that takes turns between owners: one owner's flood does not hold up another's few. */
export class FairQueue<Item> {
  readonly #queues: Map<string, Item[]> = new Map()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Adds behind the owner's others, or before them. */
  add(owner: string, item: Item, first = false): void {
    const queue = this.#queues.get(owner)
    if (!queue) this.#queues.set(owner, [item])
    else if (first) queue.unshift(item)
    else queue.push(item)
    this.#size++
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

  /** Removes one item; false where it is gone already. */
  remove(owner: string, item: Item): boolean {
    const queue = this.#queues.get(owner)
    const index = queue?.indexOf(item) ?? -1
    if (!queue || index === -1) return false
    queue.splice(index, 1)
    if (queue.length === 0) this.#queues.delete(owner)
    this.#size--
    return true
  }

  /** Removes and gives everything. */
  drain(): readonly Item[] {
    const items = [...this.#queues.values()].flat()
    this.#queues.clear()
    this.#size = 0
    return items
  }
}
