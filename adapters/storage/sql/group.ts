/**
 * Makes one write of many: what is asked for while a write is under way goes into the next one together, so that one
 * commit, and one flush of the disk, carries all of it. Where a write of several fails, each is tried alone, so that what
 * is wrong with one does not fail its neighbours.
 */
export function createGroup<Item, Result>(
  write: (items: readonly Item[]) => Promise<readonly Result[]>,
  maxItems: number,
): (item: Item) => Promise<Result> {
  interface Waiter {
    readonly item: Item
    resolve(result: Result): void
    reject(error: unknown): void
  }
  let waiters: Waiter[] = []
  let isWriting = false

  async function writeAll(): Promise<void> {
    isWriting = true
    // What is asked for in the same moment comes along.
    await Promise.resolve()
    while (waiters.length > 0) {
      const group = waiters.slice(0, maxItems)
      waiters = waiters.slice(maxItems)
      await writeGroup(group)
    }
    isWriting = false
  }

  async function writeGroup(group: readonly Waiter[]): Promise<void> {
    try {
      const results = await write(group.map(({ item }) => item))
      for (const [index, waiter] of group.entries()) waiter.resolve(results[index] as Result)
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error)
      else for (const waiter of group) await writeGroup([waiter])
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiters.push({ item, resolve, reject })
      if (!isWriting) void writeAll()
    })
}
