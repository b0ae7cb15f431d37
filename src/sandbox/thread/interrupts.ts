import {
  begunWord,
  type CallLimits,
  firstSlotWord,
  heartbeatWord,
  runningWord,
  slotState,
  startedWord,
} from "../protocol.ts"
import type { ThreadClock } from "../thread-clock.ts"

/** So short a stretch needs no look at the thread's clock. */
const shortMs = 5

/** How old the look at the thread's clock may be that a stretch is measured from. */
const restLookMs = 1

/** Why guest code was ended from outside. */
export type InterruptReason = "cpu" | "deadline" | "cancelled" | "over"

/** Where its instance is kept, what a call leaves behind may come to rest within a million instructions after its answer. */
const restPolls = 100

/** Bounds each stretch of guest code from inside, and shows the watchdog outside what runs since when. */
export class Interrupts {
  /** Why the present stretch was ended, where it was. */
  reason: InterruptReason | undefined
  readonly #shared: Int32Array
  readonly #origin: number
  readonly #clock: ThreadClock
  #slotWord = firstSlotWord
  #limits: CallLimits = { cpuMs: Number.POSITIVE_INFINITY, deadline: Number.POSITIVE_INFINITY }
  #startedWall = 0
  /** Polls that are left to the call once it has answered. */
  #pollsLeft = 0
  #answered = false
  /** The thread's clock when it last had nothing to do. */
  #exactAtRest: number | null = null
  #lookedAt = Number.NEGATIVE_INFINITY
  #confirmedFrom: { readonly usedMs: number; readonly exact: number } | undefined

  constructor(shared: Int32Array, origin: number, clock: ThreadClock) {
    this.#shared = shared
    this.#origin = origin
    this.#clock = clock
  }

  /** A slot's task begins, and what ends the thread from here on is its doing; false where the pool took it back. */
  claim(slot: number): boolean {
    const word = firstSlotWord + slot
    if (Atomics.compareExchange(this.#shared, word, slotState.queued, slotState.running) !== slotState.queued) {
      return false
    }
    Atomics.store(this.#shared, begunWord, 0)
    this.#mark(slot)
    return true
  }

  /** Guest code is about to run for a slot, whose instance may be kept. */
  begin(slot: number, limits: CallLimits, mayBeKept: boolean): void {
    this.reason = undefined
    this.#pollsLeft = mayBeKept ? restPolls : 0
    this.#answered = false
    this.#slotWord = firstSlotWord + slot
    this.#limits = limits
    this.#startedWall = performance.now()
    this.#confirmedFrom = undefined
    Atomics.store(this.#shared, begunWord, 1)
    this.#mark(slot)
  }

  /** Nothing waits: a stretch that begins now may be put aside before its first poll. */
  rest(): void {
    const now = performance.now()
    // Each look costs a system call, and the thread cannot have used more CPU time since than has passed.
    if (now - this.#lookedAt < restLookMs) return
    this.#lookedAt = now
    this.#exactAtRest = this.#clock()
  }

  /** Guest code has stopped; gives its CPU time in milliseconds. */
  end(): number {
    Atomics.store(this.#shared, runningWord, 0)
    return this.#cpuMs()
  }

  /** The call has answered. */
  finish(): void {
    this.#answered = true
  }

  /** Polled by the engine; true ends the guest code. */
  shouldInterrupt(): boolean {
    if (this.reason) return true
    this.#shared[heartbeatWord] = ((this.#shared[heartbeatWord] ?? 0) + 1) | 0
    if (this.#answered) {
      if (this.#pollsLeft-- <= 0) this.reason = "over"
    } else if (Atomics.load(this.#shared, this.#slotWord) === slotState.cancelled) this.reason = "cancelled"
    else if (Date.now() > this.#limits.deadline) this.reason = "deadline"
    else if (performance.now() - this.#startedWall > this.#limits.cpuMs && this.#cpuMs() > this.#limits.cpuMs) {
      this.reason = "cpu"
    } else this.#confirm()
    return this.reason !== undefined
  }

  /**
   * Looked at when the guest asks the host for something: so many requests fit between two polls of the engine that they
   * would seem to be one long operation. True where the guest gets nothing any more; before the first poll, never.
   */
  isOver(): boolean {
    if (this.reason) return this.reason !== "over"
    return !this.#answered && this.#confirmedFrom !== undefined && this.shouldInterrupt()
  }

  #mark(slot: number): void {
    this.#shared[startedWord] = performance.timeOrigin + performance.now() - this.#origin
    Atomics.store(this.#shared, runningWord, slot + 1)
  }

  /** A stretch is short until it is polled; a longer one may have been put aside by the system, which alone knows. */
  #confirm(): void {
    if (this.#confirmedFrom) return
    const exact = this.#clock()
    if (exact === null) return
    this.#confirmedFrom = { usedMs: this.#cpuMs(), exact }
  }

  #cpuMs(): number {
    const wall = performance.now() - this.#startedWall
    const from = this.#confirmedFrom
    if (!from) {
      const exact = wall > shortMs && this.#exactAtRest !== null ? this.#clock() : null
      return exact === null ? wall : Math.min(wall, exact - (this.#exactAtRest ?? 0))
    }
    const exact = this.#clock() ?? from.exact
    return Math.min(wall, from.usedMs + exact - from.exact)
  }
}
