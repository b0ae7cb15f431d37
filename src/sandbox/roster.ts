import { compileEngine } from "./engine-build.ts"
import type { FromThread } from "./protocol.ts"
import type { Snapshot } from "./snapshot.ts"
import { ThreadHandle } from "./thread-handle.ts"

/** What a thread tells beside that it is ready. */
export type WorkMessage = Exclude<FromThread, { type: "ready" }>

/** What a roster asks and tells. */
export interface RosterOptions {
  /** How many threads there are when nothing is held up. */
  readonly size: number
  /** How many there may be. */
  readonly maxSize: number
  readonly onMessage: (thread: ThreadHandle, message: WorkMessage) => void
  /** A thread may take its first task. */
  readonly onReady: () => void
  /** A thread is gone, and has been replaced where it must be. */
  readonly onGone: (thread: ThreadHandle, error: Error | undefined) => void
  /** Threads fail as often as they are started. */
  readonly onUnable: (error: Error) => void
}

const maxFailedStarts = 3
const fillAfterMs = 250
const firstPauseMs = 50
const maxPauseMs = 30_000

/** Which threads there are. The first boots the base snapshot; a standby waits to take a killed one's place at once. */
export class Roster {
  readonly #options: RosterOptions
  readonly #compiled: WebAssembly.Module = compileEngine()
  readonly #threads: Set<ThreadHandle> = new Set()
  #standby: ThreadHandle | undefined
  #base: Snapshot | undefined
  #failedStarts = 0
  #filling = false
  #closed = false
  /** Wall time at which the threads' clocks begin. */
  readonly origin: number = Math.floor(performance.timeOrigin + performance.now())

  constructor(options: RosterOptions) {
    this.#options = options
    this.#threads.add(this.#spawn())
  }

  /** The threads that take tasks, the oldest first. */
  get threads(): ReadonlySet<ThreadHandle> {
    return this.#threads
  }

  /** Puts the standby to work beside the others; false where there is none, or enough. */
  grow(): boolean {
    if (!this.#filling) this.#fill()
    if (!this.#standby?.ready || this.#threads.size >= this.#options.maxSize) return false
    this.#threads.add(this.#standby)
    this.#standby = undefined
    this.#fill()
    return true
  }

  /** Ends threads that were added while others were held up and have nothing to do now. */
  shrink(): void {
    for (const thread of [...this.#threads].reverse()) {
      if (this.#threads.size <= this.#options.size) return
      if (thread.tasks.size > 0 || thread.parked > 0) continue
      this.#threads.delete(thread)
      void thread.terminate()
    }
  }

  /** Ends every thread. */
  async close(): Promise<void> {
    this.#closed = true
    const all = this.#standby ? [...this.#threads, this.#standby] : [...this.#threads]
    await Promise.all(all.map((thread) => thread.terminate()))
  }

  #spawn(): ThreadHandle {
    return new ThreadHandle(this.#compiled, this.#base, this.origin, {
      message: (thread, message) => this.#receive(thread, message),
      gone: (thread, error) => this.#lose(thread, error),
    })
  }

  #receive(thread: ThreadHandle, message: FromThread): void {
    if (message.type !== "ready") {
      this.#options.onMessage(thread, message)
      return
    }
    this.#base ??= message.base
    this.#failedStarts = 0
    thread.markReady()
    if (this.#filling) this.#fill()
    // The others can wait: while a host starts, they would only take its CPU.
    else setTimeout(() => this.#fill(), fillAfterMs).unref()
    this.#options.onReady()
  }

  /** Brings the roster to its size, one thread after another, and the standby last: starting costs the host's CPU. */
  #fill(): void {
    this.#filling = true
    if (this.#closed || [...this.#threads].some((thread) => !thread.ready) || this.#standby?.ready === false) return
    if (this.#threads.size < this.#options.size) this.#threads.add(this.#spawn())
    else this.#standby ??= this.#spawn()
  }

  #lose(thread: ThreadHandle, error: Error | undefined): void {
    this.#threads.delete(thread)
    if (this.#standby === thread) this.#standby = undefined
    if (this.#closed) return
    if (this.#threads.size < this.#options.size && this.#standby?.ready) {
      this.#threads.add(this.#standby)
      this.#standby = undefined
    }
    this.#options.onGone(thread, error)
    if (thread.ready) this.#fill()
    else this.#retry(error)
  }

  /** A machine that is short of memory gets time to recover; only where no thread is left is the sandbox out of order. */
  #retry(error: Error | undefined): void {
    this.#failedStarts++
    const alive = [...this.#threads].some((thread) => thread.ready)
    if (!alive && this.#failedStarts >= maxFailedStarts) {
      this.#options.onUnable(error ?? new Error("The sandbox's threads end as soon as they start."))
    }
    const pause = Math.min(maxPauseMs, firstPauseMs * 2 ** this.#failedStarts)
    const timer = setTimeout(() => this.#fill(), pause)
    if (alive || this.#failedStarts >= maxFailedStarts) timer.unref()
  }
}
