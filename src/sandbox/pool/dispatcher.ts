import { availableParallelism } from "node:os"
import { FairQueue } from "../../util/fair-queue.ts"
import { machineUptime } from "../../util/machine-clock.ts"
import type { PageRuns } from "../engine/snapshot.ts"
import { HeldUpThreads } from "./held-up.ts"
import type { KeptInstances } from "./kept-instances.ts"
import { Lookout } from "./lookout.ts"
import { type PoolTask, postpone, versionOf } from "./pool-task.ts"
import type { Quarantine } from "./quarantine.ts"
import type { Roster } from "./roster.ts"
import type { SnapshotStore } from "./snapshot-store.ts"
import type { ThreadHandle } from "./thread-handle.ts"
import { watchThread } from "./watchdog.ts"

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly roster: Roster
  readonly snapshots: SnapshotStore
  readonly quarantine: Quarantine
  readonly kept: KeptInstances
  /** How many threads one organisation may hold up. */
  readonly maxHeldUp: number
  /** Ends a task that need not run any more, and says so. */
  readonly isOver: (task: PoolTask) => boolean
}

/** Tasks that one thread holds at once, so that it never idles between two; a held-up thread gives them back. */
const depth = 24
/** Threads that were added while others were held up rest until those have so many tasks more: there are more than cores. */
const reserve = 8

/** Says which thread does what next: organisations take turns, and what has cost a thread runs in one apart. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #queue: FairQueue<PoolTask> = new FairQueue()
  /** Tasks of versions in quarantine. */
  readonly #confined: FairQueue<PoolTask> = new FairQueue()
  readonly #heldUp: HeldUpThreads = new HeldUpThreads()
  readonly #lookout: Lookout = new Lookout(availableParallelism())

  constructor(options: DispatcherOptions) {
    this.#options = options
  }

  /** How many tasks wait for a thread. */
  get size(): number {
    return this.#queue.size + this.#confined.size
  }

  /** Adds a task behind its organisation's others. */
  add(task: PoolTask): void {
    // A call that waits in place goes on in its own thread, which runs nothing else that could hold it up.
    const place = task.type === "stretch" ? task.call.parkedIn : undefined
    const thread = place && this.#options.roster.all().find((each) => each === place)
    if (thread?.hasRoom) this.#give(thread, task, undefined)
    else this.#queueOf(task).add(ownerOf(task), task)
    this.pump()
  }

  /** Puts tasks back that a thread did not do. */
  putBack(tasks: readonly PoolTask[]): void {
    for (const task of tasks.toReversed()) {
      postpone(task)
      this.#queueOf(task).putBack([task], ownerOf)
    }
    this.pump()
  }

  /** A thread has answered, or is gone. */
  release(thread: ThreadHandle): void {
    this.#lookout.answered(thread)
    this.#heldUp.delete(thread)
  }

  /** Gives threads what they have room for. */
  pump(): void {
    const { maxHeldUp } = this.#options
    while (this.#queue.size > 0) {
      const thread = this.#freest()
      if (!thread) break
      // One organisation never holds up more threads than there normally are: those added for the others stay theirs.
      const task = this.#queue.take((owner) => this.#heldUp.countOf(owner) < maxHeldUp)
      if (!task) break
      this.#dispatch(task, thread)
    }
    while (this.#confined.size > 0) {
      const thread = this.#options.roster.quarantine()
      // One at a time: whatever stands behind one of these is likely to lose its thread.
      if (!thread?.hasRoom || thread.tasks.size > 0) return
      const task = this.#confined.take(() => true)
      if (task) this.#dispatch(task, thread)
    }
  }

  /** Looks at every thread; answers whether anything is under way. */
  tick(): boolean {
    const { roster } = this.#options
    const now = performance.timeOrigin + machineUptime()
    let busy = this.size > 0
    for (const thread of roster.all()) {
      if (thread.tasks.size > 0) busy = true
      const state = watchThread(thread, now)
      if (state === "free") this.#heldUp.delete(thread)
      else this.#holdUp(thread)
      if (state === "overdue") void thread.terminate()
    }
    this.pump()
    if (this.#queue.size > 0 && !this.#freest() && roster.grow()) this.pump()
    return busy
  }

  /** Removes and gives everything, what threads hold included. */
  drain(): readonly PoolTask[] {
    const dispatched = this.#options.roster.all().flatMap((thread) => [...thread.tasks.values()])
    return [...this.#queue.drain(), ...this.#confined.drain(), ...dispatched]
  }

  #queueOf(task: PoolTask): FairQueue<PoolTask> {
    return this.#options.quarantine.has(versionOf(task).key) ? this.#confined : this.#queue
  }

  #dispatch(task: PoolTask, thread: ThreadHandle): void {
    const { key } = versionOf(task)
    const confined = thread === this.#options.roster.confined
    // It may have come into quarantine while it was queued.
    if (!confined && this.#options.quarantine.has(key)) this.#confined.add(ownerOf(task), task)
    else if (!this.#options.isOver(task)) {
      const place = confined ? undefined : this.#placeOf(task)
      this.#give(place ?? thread, task, this.#options.snapshots.get(key))
    }
  }

  #give(thread: ThreadHandle, task: PoolTask, snapshot: PageRuns | undefined): void {
    const alone = this.#isIdle()
    thread.dispatch(task, snapshot, alone && this.#lookout.isAwake)
    if (alone) this.#lookout.expect(thread)
    else this.#lookout.giveUp()
  }

  #isIdle(): boolean {
    const { threads, confined } = this.#options.roster
    for (const thread of threads) if (thread.tasks.size > 0) return false
    return confined === undefined || confined.tasks.size === 0
  }

  /** Where the instance is that a call is to begin in. */
  #placeOf(task: PoolTask): ThreadHandle | undefined {
    if (task.type === "load" || task.message) return undefined
    return this.#options.kept.take(task.call, () =>
      [...this.#options.roster.threads].filter((each) => this.#isFree(each)),
    )
  }

  #isFree(thread: ThreadHandle): boolean {
    return thread.hasRoom && thread.tasks.size < depth && !this.#heldUp.has(thread)
  }

  #freest(): ThreadHandle | undefined {
    let freest: ThreadHandle | undefined
    let least = Number.POSITIVE_INFINITY
    let index = 0
    for (const thread of this.#options.roster.threads) {
      const load = thread.tasks.size + (index++ < this.#options.maxHeldUp ? 0 : reserve)
      if (load >= least || !this.#isFree(thread)) continue
      freest = thread
      least = load
    }
    return freest
  }

  #holdUp(thread: ThreadHandle): void {
    const task = thread.runningTask
    if (!task || thread === this.#options.roster.confined) return
    this.#heldUp.add(thread, versionOf(task).organisation)
    this.putBack(thread.revokeQueued())
  }
}

function ownerOf(task: PoolTask): string {
  return versionOf(task).organisation
}
