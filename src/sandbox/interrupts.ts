import {
  begunWord,
  type CallLimits,
  firstSlotWord,
  heartbeatWord,
  runningWord,
  slotState,
  startedWord,
} from "./protocol.ts"
import type { ThreadClock } from "./thread-clock.ts"

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
  #confirmedFrom: { readonly wall: number; readonly exact: number } | undefined

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

  #mark(slot: number): void {
    this.#shared[startedWord] = performance.timeOrigin + performance.now() - this.#origin
    Atomics.store(this.#shared, runningWord, slot + 1)
  }

  /** A stretch is short until it is polled; a longer one may have been put aside by the system, which alone knows. */
  #confirm(): void {
    if (this.#confirmedFrom) return
    const exact = this.#clock()
    if (exact !== null) this.#confirmedFrom = { wall: performance.now(), exact }
  }

  #cpuMs(): number {
    const wall = performance.now() - this.#startedWall
    const from = this.#confirmedFrom
    if (!from) return wall
    const exact = this.#clock() ?? from.exact
    return Math.min(wall, from.wall - this.#startedWall + exact - from.exact)
  }
}
