import { elapsedSince, heartbeatWord, startedWord, systemIdWord } from "../protocol.ts"
import { clockOfThread, type ThreadClock } from "../thread-clock.ts"

/** How long a stretch has run, and how long since its guest last polled. */
export interface StretchTimes {
  readonly elapsedMs: number
  readonly silentMs: number
  /** The same in time that the thread had a CPU for; wall time where the system does not tell it. */
  readonly busyMs: number
  readonly silentBusyMs: number
}

/** Younger stretches are not worth a look at the clock. */
const youngMs = 10
/** A stretch is first looked at when it is so old, or somewhat older: until then it counts as busy all the time. */
const mostUnseenMs = 50

/** Measures from outside what a thread runs: on a machine with too much to do, a thread may be put aside for long. */
export class StretchMeter {
  readonly #shared: Int32Array
  readonly #origin: number
  #clock: ThreadClock | undefined
  #started: number | undefined
  /** What the thread's clock said when the stretch began. */
  #clockAtStart: number | null = null
  #heartbeat = 0
  #heartbeatAt = 0
  #heartbeatBusyMs = 0

  /** `origin` is the wall time at which the threads' clocks begin. */
  constructor(shared: Int32Array, origin: number) {
    this.#shared = shared
    this.#origin = origin
  }

  /** Reads the present stretch's times; `now` is wall time. */
  read(now: number): StretchTimes {
    const started = this.#shared[startedWord] ?? 0
    const elapsedMs = elapsedSince(started, now - this.#origin)
    if (elapsedMs <= youngMs) return { elapsedMs, silentMs: elapsedMs, busyMs: elapsedMs, silentBusyMs: elapsedMs }
    const clock = this.#readClock()
    if (started !== this.#started) {
      this.#started = started
      this.#clockAtStart = clock === null ? null : clock - Math.min(elapsedMs, mostUnseenMs)
      this.#heartbeatAt = 0
      this.#heartbeatBusyMs = 0
    }
    const busyMs = clock === null || this.#clockAtStart === null ? elapsedMs : clock - this.#clockAtStart
    const heartbeat = this.#shared[heartbeatWord] ?? 0
    if (heartbeat !== this.#heartbeat) {
      this.#heartbeat = heartbeat
      this.#heartbeatAt = now
      this.#heartbeatBusyMs = busyMs
    }
    const silentMs = Math.min(elapsedMs, now - this.#heartbeatAt)
    return { elapsedMs, silentMs, busyMs, silentBusyMs: busyMs - this.#heartbeatBusyMs }
  }

  #readClock(): number | null {
    const systemId = this.#shared[systemIdWord] ?? 0
    if (systemId === 0) return null
    this.#clock ??= clockOfThread(systemId)
    return this.#clock()
  }
}
