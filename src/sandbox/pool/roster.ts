import { machineUptime } from "../../util/machine-clock.ts"
import type { CallBounds } from "../call-bounds.ts"
import { readBaseImage } from "../engine/base-image.ts"
import { compileEngine } from "../engine/engine-build.ts"
import type { Snapshot } from "../engine/snapshot.ts"
import type { FromThread } from "../protocol.ts"
import { ThreadHandle, type ThreadSetup } from "./thread-handle.ts"

/** What a thread tells beside that it is ready. */
export type WorkMessage = Exclude<FromThread, { type: "ready" }>

/** What a roster asks and tells. */
export interface RosterOptions {
  /** How many threads there are when nothing is held up. */
  readonly size: number
  /** How many there may be. */
  readonly maxSize: number
  readonly bounds: CallBounds
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
const confinedPauseMs = 500

/** Which threads there are. A standby waits to take a killed one's place at once. */
export class Roster {
  readonly #options: RosterOptions
  readonly #setup: ThreadSetup
  readonly #threads: Set<ThreadHandle> = new Set()
  #standby: ThreadHandle | undefined
  #confined: ThreadHandle | undefined
  #confinedPaused = false
  readonly #base: Snapshot = readBaseImage()
  #failedStarts = 0
  #filling = false
  #closed = false

  constructor(options: RosterOptions) {
    this.#options = options
    const origin = Math.floor(performance.timeOrigin + machineUptime())
    this.#setup = { compiled: compileEngine(), origin, bounds: options.bounds }
    this.#threads.add(this.#spawn())
  }

  /** The threads that take tasks, the oldest first. */
  get threads(): ReadonlySet<ThreadHandle> {
    return this.#threads
  }

  /** The thread of versions in quarantine, where there is one. */
  get confined(): ThreadHandle | undefined {
    return this.#confined
  }

  /** Every thread that may hold tasks. */
  all(): readonly ThreadHandle[] {
    return this.#confined ? [...this.#threads, this.#confined] : [...this.#threads]
  }

  /** The thread of versions in quarantine, which is started when it is first asked for; `onReady` follows. */
  quarantine(): ThreadHandle | undefined {
    if (this.#closed || this.#confinedPaused) return undefined
    this.#confined ??= this.#spawn()
    return this.#confined
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
    const confined = this.#confined
    if (confined?.ready && confined.tasks.size === 0 && confined.parked === 0) {
      this.#confined = undefined
      void confined.terminate()
    }
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
    const all = this.#standby ? [...this.all(), this.#standby] : this.all()
    await Promise.all(all.map((thread) => thread.terminate()))
  }

  #spawn(): ThreadHandle {
    return new ThreadHandle(this.#setup, this.#base, {
      message: (thread, message) => this.#receive(thread, message),
      gone: (thread, error) => this.#lose(thread, error),
    })
  }

  #receive(thread: ThreadHandle, message: FromThread): void {
    if (message.type !== "ready") {
      this.#options.onMessage(thread, message)
      return
    }
    this.#failedStarts = 0
    thread.markReady()
    if (thread === this.#confined) {
      this.#options.onReady()
      return
    }
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
    if (this.#confined === thread) {
      this.#loseConfined(thread, error)
      return
    }
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

  #loseConfined(thread: ThreadHandle, error: Error | undefined): void {
    this.#confined = undefined
    if (this.#closed) return
    if (!thread.ready) {
      this.#confinedPaused = true
      setTimeout(() => {
        this.#confinedPaused = false
        this.#options.onReady()
      }, confinedPauseMs)
    }
    this.#options.onGone(thread, error)
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
