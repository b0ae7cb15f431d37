import { FunctionsError } from "../errors/functions-error.ts"
import type { LoadedModule, RuntimeVersion } from "../ports/runtime.ts"
import { FairQueue } from "./fair-queue.ts"
import { HeldUpThreads } from "./held-up.ts"
import { Monitor } from "./monitor.ts"
import { engineLost, neverSettles, outOfMemory, serviceClosed, timedOut, tooMuchWaiting } from "./outcome.ts"
import { Parking } from "./parking.ts"
import { crashed, lostStretch, ranOver, unableToStart } from "./pool-failures.ts"
import { limitsOf, type PoolTask, versionOf } from "./pool-task.ts"
import type { CallOutcome, FromThread } from "./protocol.ts"
import { Readiness } from "./readiness.ts"
import { Roster, type WorkMessage } from "./roster.ts"
import type { SandboxCall } from "./sandbox-call.ts"
import { SnapshotStore } from "./snapshot-store.ts"
import type { ThreadHandle } from "./thread-handle.ts"
import { watchThread } from "./watchdog.ts"

/** Options of the sandbox's pool. */
export interface PoolOptions {
  /** How many threads run calls. */
  readonly threads: number
  /** How many there may be while others are held up. */
  readonly maxThreads: number
  /** How many tasks may wait for a thread. */
  readonly maxQueued: number
}

/** Tasks that one thread holds at once, so that it never idles between two; a held-up thread gives them back. */
const depth = 24
/** How long a waiting call may go on after its caller went away. */
const abortGraceMs = 1000

/** Gives calls to threads, takes their answers, and sees to it that no call holds up another for long. */
export class Pool {
  readonly #options: PoolOptions
  readonly #roster: Roster
  readonly #queue: FairQueue<PoolTask> = new FairQueue()
  readonly #snapshots: SnapshotStore = new SnapshotStore()
  readonly #calls: Map<number, SandboxCall> = new Map()
  readonly #heldUp: HeldUpThreads = new HeldUpThreads()
  readonly #parking: Parking = new Parking()
  readonly #readiness: Readiness = new Readiness()
  #unable: Error | undefined
  readonly #monitor: Monitor = new Monitor(
    () => this.#tick(),
    () => this.#roster.shrink(),
  )
  #closed = false
  #whenIdle: (() => void) | undefined

  constructor(options: PoolOptions) {
    this.#options = options
    this.#roster = new Roster({
      size: options.threads,
      maxSize: options.maxThreads,
      onMessage: (thread, message) => this.#receive(thread, message),
      onReady: () => {
        this.#unable = undefined
        this.#readiness.reach()
        this.#pump()
      },
      onGone: (thread, error) => this.#recover(thread, error),
      onUnable: (error) => this.#giveUp(error),
    })
  }

  /** Resolves when a thread can run calls. */
  ready(): Promise<void> {
    if (this.#unable) return Promise.reject(unableToStart(this.#unable))
    return this.#readiness.promise
  }

  /** Accepts a call, which ends through its own `end`; throws a `FunctionsError` where it cannot. */
  start(call: SandboxCall): void {
    this.#admit()
    this.#calls.set(call.id, call)
    this.#enqueue({ type: "stretch", call, message: undefined })
  }

  /** Loads a version's module. */
  load(id: number, version: RuntimeVersion): Promise<LoadedModule | CallOutcome> {
    this.#admit()
    const deadline = Date.now() + version.timeoutMs
    return new Promise((settle) => this.#enqueue({ type: "load", id, version, deadline, settle }))
  }

  /** An operation of a call was answered. */
  wake(call: SandboxCall): void {
    if (call.ended || call.active) return
    const settlement = call.inbox.shift()
    if (!settlement) return
    call.active = true
    const { head, body, onDelivered } = settlement
    this.#enqueue({ type: "stretch", call, message: { kind: "settle", head, body } })
    onDelivered?.()
  }

  /** The caller went away: a running call is ended, a waiting one is told so and may clean up. */
  cancel(call: SandboxCall): void {
    if (call.ended) return
    call.cancelled = true
    if ([...this.#roster.threads].some((thread) => thread.cancel(call.id))) return
    if (call.active) {
      this.#end(call, timedOut("The caller ended the call."))
      return
    }
    this.#tellAbort(call)
  }

  /** Forgets every version whose key begins so. */
  forget(prefix: string): void {
    this.#snapshots.remove(prefix)
    for (const thread of this.#roster.threads) thread.forget(prefix)
  }

  /** Waits until no call is left, at most `graceMs`, then ends calls and threads. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true
    if (this.#calls.size > 0 && graceMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, graceMs)
        this.#whenIdle = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#monitor.stop()
    this.#failAll(() => serviceClosed)
    await this.#roster.close()
  }

  #admit(): void {
    if (this.#closed) throw new FunctionsError("FN_008", "Cannot run a function: the service is closed.")
    if (this.#unable) throw unableToStart(this.#unable)
    if (this.#queue.size < this.#options.maxQueued) return
    throw new FunctionsError("FN_007", `Cannot run a function: ${this.#options.maxQueued} calls are waiting already.`, {
      retryAfterSeconds: 1,
    })
  }

  #enqueue(task: PoolTask): void {
    // A call that waits in place goes on in its own thread, which runs nothing else that could hold it up.
    const place = task.type === "stretch" ? task.call.parkedIn : undefined
    const thread = place === undefined ? undefined : [...this.#roster.threads].find((each) => each === place)
    if (thread?.hasRoom) thread.dispatch(task, undefined)
    else this.#queue.add(ownerOf(task), task)
    this.#monitor.start()
    this.#pump()
  }

  #pump(): void {
    while (this.#queue.size > 0) {
      const thread = this.#freest()
      if (!thread) return
      // One organisation never holds up more threads than there normally are: those added for the others stay theirs.
      const task = this.#queue.take((owner) => this.#heldUp.countOf(owner) < this.#options.threads)
      if (!task) return
      if (task.type === "stretch" && task.call.ended) this.#parking.discard(task.call)
      else thread.dispatch(task, this.#snapshots.get(versionOf(task).key))
    }
  }

  #freest(): ThreadHandle | undefined {
    let freest: ThreadHandle | undefined
    for (const thread of this.#roster.threads) {
      if (!thread.hasRoom || thread.tasks.size >= depth || this.#heldUp.has(thread)) continue
      if (!freest || thread.tasks.size < freest.tasks.size) freest = thread
    }
    return freest
  }

  #receive(thread: ThreadHandle, message: WorkMessage): void {
    switch (message.type) {
      case "snapshot":
        this.#snapshots.add(message.key, message.snapshot)
        for (const key of this.#snapshots.trim()) for (const each of this.#roster.threads) each.forget(key)
        return
      case "swapped": {
        const call = this.#calls.get(message.id)
        if (call && !this.#parking.swapOut(call, thread, message.image)) this.#end(call, tooMuchWaiting)
        return
      }
    }
    const task = thread.complete(message.slot)
    this.#heldUp.delete(thread)
    if (message.type === "loaded" && task?.type === "load") task.settle(message.module)
    else if (message.type === "finished" && task) this.#finished(task, message)
    else if (message.type === "waiting" && task?.type === "stretch") this.#waiting(thread, task.call, message)
    else if (message.type === "missing" && task) this.#queue.putBack([task], ownerOf)
    this.#pump()
  }

  #finished(task: PoolTask, message: Extract<FromThread, { type: "finished" }>): void {
    if (task.type === "load") return void task.settle(message.outcome)
    const { call } = task
    this.#parking.leave(call)
    call.account(message)
    this.#end(call, message.outcome)
  }

  #waiting(thread: ThreadHandle, call: SandboxCall, message: Extract<FromThread, { type: "waiting" }>): void {
    this.#parking.park(call, thread)
    if (call.ended) {
      this.#parking.discard(call)
      return
    }
    call.account(message)
    call.active = false
    call.wait(message.operations, () => {
      this.#end(call, timedOut(`The call took longer than ${call.version.timeoutMs} ms.`))
    })
    // Told to end while it ran, but it came to wait before it was polled.
    if (call.cancelled && !call.abortTold) this.#tellAbort(call)
    else if (call.canWake) this.wake(call)
    else this.#end(call, message.memoryExhausted ? outOfMemory(call.version) : neverSettles)
  }

  #tellAbort(call: SandboxCall): void {
    const ended = timedOut("The caller ended the call.")
    call.deadline = Math.min(call.deadline, Date.now() + abortGraceMs)
    setTimeout(() => this.#end(call, ended), abortGraceMs).unref()
    call.active = true
    call.abortTold = true
    const head = '{"reason":"The caller ended the call."}'
    this.#enqueue({ type: "stretch", call, message: { kind: "abort", head, body: undefined } })
  }

  #end(call: SandboxCall, outcome: CallOutcome): void {
    if (!call.active) this.#parking.discard(call)
    call.end(outcome)
    this.#calls.delete(call.id)
    if (this.#calls.size === 0) this.#whenIdle?.()
  }

  /** A thread is gone: what it ran is over, what was queued in it runs elsewhere. */
  #recover(thread: ThreadHandle, error: Error | undefined): void {
    const running = thread.lastRunning
    this.#heldUp.delete(thread)
    const queued = [...thread.tasks.values()].filter((task) => task !== running)
    thread.tasks.clear()
    // What it wrote is lost with the thread; what it cost is known: all that it was allowed.
    if (running?.type === "stretch" && !error) running.call.account(lostStretch(limitsOf(running).cpuMs))
    if (running) this.#endTask(running, error ? crashed(error) : ranOver(running))
    for (const call of [...this.#calls.values()]) if (call.parkedIn === thread) this.#end(call, engineLost)
    this.#queue.putBack(queued, ownerOf)
    this.#pump()
  }

  #endTask(task: PoolTask, outcome: CallOutcome): void {
    if (task.type === "stretch") {
      this.#parking.leave(task.call)
      this.#end(task.call, outcome)
    } else task.settle(outcome)
  }

  #giveUp(error: Error): void {
    this.#unable = error
    this.#readiness.fail(unableToStart(error))
    this.#failAll(() => engineLost)
  }

  #failAll(outcome: () => CallOutcome): void {
    const dispatched = [...this.#roster.threads].flatMap((thread) => [...thread.tasks.values()])
    for (const task of [...this.#queue.drain(), ...dispatched]) this.#endTask(task, outcome())
    for (const call of [...this.#calls.values()]) this.#end(call, outcome())
  }

  /** Looks at every thread; answers whether anything is under way. */
  #tick(): boolean {
    const now = performance.timeOrigin + performance.now()
    let busy = this.#queue.size > 0
    for (const thread of this.#roster.threads) {
      if (thread.tasks.size > 0) busy = true
      const state = watchThread(thread, now)
      if (state === "free") this.#heldUp.delete(thread)
      else this.#holdUp(thread, now)
      if (state === "overdue") void thread.terminate()
    }
    this.#pump()
    if (this.#queue.size > 0 && !this.#freest() && this.#roster.grow()) this.#pump()
    return busy
  }

  #holdUp(thread: ThreadHandle, now: number): void {
    const running = thread.running(now)
    if (!running) return
    this.#heldUp.add(thread, versionOf(running.task).organisation)
    this.#queue.putBack(thread.revokeQueued(), ownerOf)
  }
}

function ownerOf(task: PoolTask): string {
  return versionOf(task).organisation
}
