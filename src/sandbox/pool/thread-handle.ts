import { createRequire } from "node:module"
import { setImmediate } from "node:timers"
import { MessageChannel, Worker } from "node:worker_threads"
import type { CallBounds } from "../call-bounds.ts"
import type { PageRuns, Snapshot } from "../engine/snapshot.ts"
import { Mailbox } from "../mailbox.ts"
import {
  awakeWord,
  begunWord,
  type FromThread,
  firstSlotWord,
  poolPostedWord,
  runningWord,
  sharedWords,
  slotCount,
  slotState,
  type ToThread,
  threadPostedWord,
} from "../protocol.ts"
import { type PoolTask, toThreadMessage, versionOf } from "./pool-task.ts"
import { StretchMeter, type StretchTimes } from "./stretch-meter.ts"

/** What a thread tells its pool. */
export interface ThreadListener {
  message(thread: ThreadHandle, message: FromThread): void
  /** The thread is gone; every message that it sent has been told before. */
  gone(thread: ThreadHandle, error: Error | undefined): void
}

/** What every thread of a process is started with. */
export interface ThreadSetup {
  readonly compiled: WebAssembly.Module
  /** Wall time at which the threads' clocks begin. */
  readonly origin: number
  readonly bounds: CallBounds
}

/** Engine recursion ends as a guest error with this much stack; with less it overflows the host's. */
const stackSizeMb = 16
/** Of each generation V8 keeps up to 16 MB, were it not told: a thread's own objects are small and short-lived. */
const maxYoungGenerationSizeMb = 6
/** What a thread remembers of versions, their code included, is told again when it is needed. */
const maxKnownVersions = 1000

/** The pool's side of one sandbox thread: its slots, its post, what it runs. */
export class ThreadHandle {
  #ready = false
  /** How many calls wait here in place. */
  parked = 0
  /** Tasks by slot, from dispatch until the thread has answered. */
  readonly tasks: Map<number, PoolTask> = new Map()
  readonly #worker: Worker
  readonly #mailbox: Mailbox<FromThread, readonly ToThread[]>
  readonly #shared: Int32Array = new Int32Array(new SharedArrayBuffer(sharedWords * 4))
  readonly #meter: StretchMeter
  readonly #known: Set<string> = new Set()
  #outbox: ToThread[] = []
  #isLeaving = false
  #freeSlots: number[] = Array.from({ length: slotCount }, (_, slot) => slot)
  #termination: Promise<unknown> | undefined

  constructor(setup: ThreadSetup, base: Snapshot, listener: ThreadListener) {
    this.#meter = new StretchMeter(this.#shared, setup.origin)
    const file = createRequire(import.meta.url).resolve("#workers/sandbox")
    const { port1, port2 } = new MessageChannel()
    this.#worker = new Worker(file, {
      workerData: { ...setup, shared: this.#shared, port: port2, bootsBase: false },
      transferList: [port2],
      resourceLimits: { stackSizeMb, maxYoungGenerationSizeMb },
      env: {},
      execArgv: [],
    })
    const counts = { shared: this.#shared, posted: poolPostedWord, coming: threadPostedWord }
    this.#mailbox = new Mailbox(port1, counts, (message) => listener.message(this, message))
    // It is the worker that holds the process while it has something to do.
    port1.unref()
    let failure: Error | undefined
    this.#worker.on("error", (error) => {
      failure = error instanceof Error ? error : new Error(String(error))
    })
    this.#worker.on("exit", () => {
      try {
        this.#mailbox.drain()
        port1.close()
      } finally {
        listener.gone(this, failure)
      }
    })
    this.#mailbox.post([{ type: "base", base }])
  }

  /** Whether the thread can run calls. */
  get ready(): boolean {
    return this.#ready
  }

  /** The thread has said that it can run calls. */
  markReady(): void {
    this.#ready = true
    this.#unrefIfIdle()
  }

  /** Whether another task may be dispatched here. */
  get hasRoom(): boolean {
    return this.#ready && !this.#termination && this.#freeSlots.length > 0
  }

  /** Receives what the thread has told and no event has brought yet. */
  takeMail(): void {
    this.#mailbox.take()
  }

  /** Gives a task to the thread; `awake`: it waits for the next one awake. */
  dispatch(task: PoolTask, snapshot: PageRuns | undefined, awake: boolean): void {
    const slot = this.#freeSlots.pop()
    if (slot === undefined) throw new RangeError("Cannot dispatch: no slot of this thread is free.")
    const version = versionOf(task)
    if (!this.#known.has(version.key)) {
      this.#known.add(version.key)
      this.#post({ type: "version", version, snapshot })
      this.#forgetOldest()
    }
    Atomics.store(this.#shared, firstSlotWord + slot, slotState.queued)
    Atomics.store(this.#shared, awakeWord, awake ? 1 : 0)
    if (this.tasks.size === 0) this.#worker.ref()
    this.tasks.set(slot, task)
    this.#post(toThreadMessage(task, slot))
  }

  /** The thread has answered for a slot; gives its task, or undefined where that was taken back. */
  complete(slot: number): PoolTask | undefined {
    const task = this.tasks.get(slot)
    this.tasks.delete(slot)
    this.#freeSlots.push(slot)
    this.#unrefIfIdle()
    return task
  }

  /** What runs now, and its times; undefined where nothing does. */
  running(now: number): (StretchTimes & { readonly task: PoolTask }) | undefined {
    const task = this.runningTask
    return task && { task, ...this.#meter.read(now) }
  }

  /** Takes back the tasks that have not begun. Their slots are free when the thread says so. */
  revokeQueued(): readonly PoolTask[] {
    const revoked: PoolTask[] = []
    for (const [slot, task] of this.tasks) {
      // A call that waits in place here can go on nowhere else.
      if (task.type === "stretch" && task.call.parkedIn === this) continue
      if (!this.#exchange(slot, slotState.queued, slotState.revoked)) continue
      this.tasks.delete(slot)
      revoked.push(task)
    }
    this.#unrefIfIdle()
    return revoked
  }

  /** Tells a running call to end at its next poll; false where it is not running here, and then it never will be. */
  cancel(callId: number): boolean {
    for (const [slot, task] of this.tasks) {
      if (task.type !== "stretch" || task.call.id !== callId) continue
      if (this.#exchange(slot, slotState.running, slotState.cancelled)) return true
      if (this.#exchange(slot, slotState.queued, slotState.revoked)) this.tasks.delete(slot)
    }
    return false
  }

  /** Drops a call that waits here. */
  discard(id: number): void {
    this.#post({ type: "discard", id })
  }

  /** Drops every version whose key begins so. */
  forget(prefix: string): void {
    for (const key of this.#known) if (key.startsWith(prefix)) this.#drop(key)
  }

  /** Ends the thread in whatever it does; `gone` follows. */
  terminate(): Promise<unknown> {
    this.#termination ??= this.#worker.terminate()
    return this.#termination
  }

  /** The task that runs now, or was running when the thread went. */
  get runningTask(): PoolTask | undefined {
    return this.tasks.get(Atomics.load(this.#shared, runningWord) - 1)
  }

  /** Whether code of that task had begun: without it, nothing was done that a second time would repeat. */
  get lastBegun(): boolean {
    return Atomics.load(this.#shared, begunWord) === 1
  }

  /** Has every call that waits here copied out, so that it may go on elsewhere. */
  swapOut(): void {
    this.#post({ type: "swapOut" })
  }

  /** Ends an instance that is kept here between calls. */
  retire(keptAs: number): void {
    this.#post({ type: "retire", keptAs })
  }

  #forgetOldest(): void {
    if (this.#known.size <= maxKnownVersions) return
    const [oldest] = this.#known
    if (oldest !== undefined) this.#drop(oldest)
  }

  /** Tasks that were posted before still find the version: messages are handled in order. */
  #drop(key: string): void {
    this.#known.delete(key)
    this.#post({ type: "forget", key })
  }

  /** A host that never closes the service may still end: idle threads do not hold its process. Whoever ends one waits for that. */
  #unrefIfIdle(): void {
    if (this.tasks.size === 0 && !this.#termination) this.#worker.unref()
  }

  #exchange(slot: number, from: number, to: number): boolean {
    return Atomics.compareExchange(this.#shared, firstSlotWord + slot, from, to) === from
  }

  /** One post carries what one turn of the event loop has for this thread: at once where it has nothing else to do. */
  #post(message: ToThread): void {
    this.#outbox.push(message)
    const isIdle = this.tasks.size <= 1 || Atomics.load(this.#shared, runningWord) === 0
    if (isIdle && !this.#isLeaving) {
      this.#isLeaving = true
      void Promise.resolve().then(() => this.#send())
    } else if (this.#outbox.length === 1) setImmediate(() => this.#send())
  }

  #send(): void {
    this.#isLeaving = false
    if (this.#outbox.length === 0) return
    const batch = this.#outbox
    this.#outbox = []
    this.#mailbox.post(batch)
  }
}
