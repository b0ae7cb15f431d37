import { FunctionsError } from "../../errors/functions-error.ts"
import type { LoadedModule, RuntimeVersion } from "../../ports/runtime.ts"
import { machineNow } from "../../util/machine-clock.ts"
import { engineLost, outOfMemory, serviceClosed, timedOut, tooMuchWaiting } from "../call/outcome.ts"
import type { CallPlace, SandboxCall } from "../call/sandbox-call.ts"
import type { CallBounds } from "../call-bounds.ts"
import type { CallOutcome, FromThread } from "../protocol.ts"
import { CallsUnderWay } from "./calls-under-way.ts"
import { Dispatcher } from "./dispatcher.ts"
import { KeptInstances } from "./kept-instances.ts"
import { Monitor } from "./monitor.ts"
import { Parking, type ParkingLimits } from "./parking.ts"
import { causedKill, crashed, keptOut, lostStretch, ranOver, unableToStart } from "./pool-failures.ts"
import { limitsOf, type PoolTask, versionOf } from "./pool-task.ts"
import { Quarantine } from "./quarantine.ts"
import { Readiness } from "./readiness.ts"
import { Roster, type WorkMessage } from "./roster.ts"
import { SnapshotStore } from "./snapshot-store.ts"
import type { ThreadHandle } from "./thread-handle.ts"

/** Options of the sandbox's pool. */
export interface PoolOptions {
  /** How many threads run calls. */
  readonly threads: number
  /** How many there may be while others are held up. */
  readonly maxThreads: number
  /** How many tasks may wait for a thread. */
  readonly maxQueued: number
  /** How much memory waiting calls may hold. */
  readonly waiting: ParkingLimits
  /** How much memory instances may hold that are kept between calls. */
  readonly maxKeptBytes: number
  /** What one call may write. */
  readonly bounds: CallBounds
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** How long a waiting call may go on after its caller went away. */
const abortGraceMs = 1000

/** Gives calls to threads, takes their answers, and sees to it that no call holds up another for long. */
export class Pool {
  readonly #options: PoolOptions
  readonly #roster: Roster
  readonly #dispatcher: Dispatcher
  readonly #quarantine: Quarantine
  readonly #snapshots: SnapshotStore = new SnapshotStore()
  readonly #calls: CallsUnderWay = new CallsUnderWay()
  readonly #parking: Parking
  readonly #kept: KeptInstances
  /** Tasks whose thread was lost before their code began: once each. */
  readonly #rerun: WeakSet<PoolTask> = new WeakSet()
  readonly #readiness: Readiness = new Readiness()
  #unable: Error | undefined
  readonly #monitor: Monitor = new Monitor(
    () => this.#dispatcher.tick(),
    () => this.#roster.shrink(),
  )
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
    this.#parking = new Parking(options.waiting)
    this.#kept = new KeptInstances({ maxBytes: options.maxKeptBytes, now: options.now })
    this.#quarantine = new Quarantine(options.now)
    this.#roster = new Roster({
      size: options.threads,
      maxSize: options.maxThreads,
      bounds: options.bounds,
      onMessage: (thread, message) => this.#receive(thread, message),
      onReady: () => {
        this.#unable = undefined
        this.#readiness.reach()
        this.#dispatcher.pump()
      },
      onGone: (thread, error) => this.#recover(thread, error),
      onUnable: (error) => this.#giveUp(error),
    })
    this.#dispatcher = new Dispatcher({
      roster: this.#roster,
      snapshots: this.#snapshots,
      quarantine: this.#quarantine,
      kept: this.#kept,
      maxHeldUp: options.threads,
      isOver: (task) => this.#isOver(task),
    })
  }

  /** Resolves when a thread can run calls. */
  ready(): Promise<void> {
    if (this.#unable) return Promise.reject(unableToStart(this.#unable))
    return this.#readiness.promise
  }

  /** Accepts a call, which ends through its own `end`; throws a `FunctionsError` where it cannot. */
  start(call: SandboxCall): void {
    this.#admit(call.version)
    this.#calls.add(call)
    this.#enqueue({ type: "stretch", call, message: undefined })
  }

  /** Loads a version's module. */
  load(id: number, version: RuntimeVersion): Promise<LoadedModule | CallOutcome> {
    this.#admit(version)
    const deadline = Number.POSITIVE_INFINITY
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
    if (this.#roster.all().some((thread) => thread.cancel(call.id))) return
    if (call.active) {
      this.#end(call, timedOut("The caller ended the call."))
      return
    }
    this.#tellAbort(call)
  }

  /** Forgets every version whose key begins so. */
  forget(prefix: string): void {
    this.#snapshots.remove(prefix)
    this.#kept.forget(prefix)
    for (const thread of this.#roster.all()) thread.forget(prefix)
  }

  /** Ends what a function keeps between its calls. */
  retire(functionId: string): void {
    this.#kept.retire(functionId)
  }

  /** Waits until no call is left, at most `graceMs`, then ends calls and threads. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true
    await this.#calls.drain(graceMs)
    this.#monitor.stop()
    this.#kept.close()
    this.#failAll(() => serviceClosed)
    await this.#roster.close()
  }

  #admit(version: RuntimeVersion): void {
    if (this.#closed) throw new FunctionsError("FN_008", "Cannot run a function: the service is closed.")
    if (this.#unable) throw unableToStart(this.#unable)
    const refusedForMs = this.#quarantine.refusedForMs(version.key)
    if (refusedForMs > 0) throw keptOut(refusedForMs)
    if (this.#dispatcher.size < this.#options.maxQueued) return
    throw new FunctionsError("FN_007", `Cannot run a function: ${this.#options.maxQueued} calls are waiting already.`, {
      retryAfterSeconds: 1,
    })
  }

  #enqueue(task: PoolTask): void {
    this.#monitor.start()
    this.#dispatcher.add(task)
  }

  #isOver(task: PoolTask): boolean {
    if (task.type !== "stretch") return false
    const { call, message } = task
    if (!call.ended && !message) {
      const refusal = this.#parking.isFull(call.version.organisation) ? tooMuchWaiting : call.startRefusal
      if (refusal) this.#end(call, refusal)
    }
    return call.ended
  }

  #receive(thread: ThreadHandle, message: WorkMessage): void {
    switch (message.type) {
      case "snapshot":
        this.#snapshots.add(message.key, message.snapshot)
        for (const key of this.#snapshots.trim()) for (const each of this.#roster.all()) each.forget(key)
        return
      case "answered":
        this.#calls.get(message.id)?.answer(message.output, message.streamed)
        return
      case "swapped": {
        const call = this.#calls.get(message.id)
        if (call && !this.#parking.swapOut(call, thread, message.image)) this.#end(call, tooMuchWaiting)
        return
      }
    }
    const task = thread.complete(message.slot)
    this.#dispatcher.release(thread)
    if (message.type === "loaded" && task?.type === "load") task.settle(message.module)
    else if (message.type === "finished" && task) this.#finished(thread, task, message)
    else if (message.type === "waiting" && task?.type === "stretch") this.#waiting(thread, task.call, message)
    else if (message.type === "missing" && task) this.#dispatcher.putBack([task])
    this.#dispatcher.pump()
  }

  #finished(thread: ThreadHandle, task: PoolTask, message: Extract<FromThread, { type: "finished" }>): void {
    if (task.type === "load") return void task.settle(message.outcome)
    const { call } = task
    this.#parking.leave(call)
    this.#kept.finish(call, thread, message.kept)
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
    call.wait(message.operations, () => this.#end(call, call.late))
    if (call.refusal) this.#end(call, call.refusal)
    // Answered at once, so that it goes on already.
    if (call.ended || call.active) return
    // Told to end while it ran, but it came to wait before it was polled.
    if (call.cancelled && !call.abortTold) this.#tellAbort(call)
    else if (call.canWake) this.wake(call)
    else this.#end(call, message.memoryExhausted ? outOfMemory(call.version) : call.stuck)
  }

  #tellAbort(call: SandboxCall): void {
    const ended = timedOut("The caller ended the call.")
    call.deadline = Math.min(call.deadline, machineNow() + abortGraceMs)
    setTimeout(() => this.#end(call, ended), abortGraceMs).unref()
    call.active = true
    call.abortTold = true
    const head = '{"reason":"The caller ended the call."}'
    this.#enqueue({ type: "stretch", call, message: { kind: "abort", head, body: undefined } })
  }

  #end(call: SandboxCall, outcome: CallOutcome): void {
    // Also where a stretch of it is queued or runs: that may be taken back, or be lost with its thread.
    this.#parking.discard(call)
    this.#kept.end(call)
    call.end(outcome)
    this.#calls.delete(call)
  }

  /** A thread is gone: what it ran is over, what had not begun runs elsewhere. */
  #recover(thread: ThreadHandle, error: Error | undefined): void {
    const running = thread.runningTask
    this.#dispatcher.release(thread)
    this.#kept.lose(thread)
    const again = [...thread.tasks.values()].filter((task) => task !== running)
    const begun = thread.lastBegun
    thread.tasks.clear()
    if (running && !begun && !this.#rerun.has(running)) {
      this.#rerun.add(running)
      again.unshift(running)
    } else if (running) this.#lose(running, error)
    for (const call of this.#calls.all()) if (call.parkedIn === thread) this.#end(call, engineLost)
    this.#dispatcher.putBack(again.filter((task) => task.type === "load" || !task.call.ended))
  }

  /** A task is over with its thread, and its version is kept apart from the others from now on. */
  #lose(task: PoolTask, error: Error | undefined): void {
    if (error || causedKill(task)) this.#confine(versionOf(task).key)
    const outcome = error ? crashed(error) : ranOver(task)
    // What it wrote is lost with the thread; what it cost is known: all that it was allowed.
    if (task.type === "stretch" && !error) task.call.account(lostStretch(limitsOf(task).cpuMs))
    this.#endTask(task, outcome)
  }

  /** From now on the version runs apart; its calls that wait in place are fetched from the others' threads. */
  #confine(key: string): void {
    this.#quarantine.add(key)
    this.#kept.forget(key)
    const places = new Set<CallPlace>()
    for (const call of this.#calls.all()) if (call.parkedIn && call.version.key === key) places.add(call.parkedIn)
    for (const place of places) place.swapOut()
  }

  #endTask(task: PoolTask, outcome: CallOutcome): void {
    if (task.type === "stretch") this.#end(task.call, outcome)
    else task.settle(outcome)
  }

  #giveUp(error: Error): void {
    this.#unable = error
    this.#readiness.fail(unableToStart(error))
    this.#failAll(() => engineLost)
  }

  #failAll(outcome: () => CallOutcome): void {
    for (const task of this.#dispatcher.drain()) this.#endTask(task, outcome())
    for (const call of this.#calls.all()) this.#end(call, outcome())
  }
}
