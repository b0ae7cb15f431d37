const tickMs = 10
const idleTicksBeforeRest = 500

/** Ticks while anything is under way and somewhat longer; an idle service has no timer. */
export class Monitor {
  readonly #tick: () => boolean
  readonly #rest: () => void
  #timer: NodeJS.Timeout | undefined
  #idleTicks = 0

  /** `tick` answers whether anything is under way; `rest` is called when nothing was for a while. */
  constructor(tick: () => boolean, rest: () => void) {
    this.#tick = tick
    this.#rest = rest
  }

  /** Something is about to happen. */
  start(): void {
    this.#idleTicks = 0
    this.#timer ??= setInterval(() => this.#turn(), tickMs).unref()
  }

  /** Ticks no more, until it is started again. */
  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #turn(): void {
    if (this.#tick()) this.#idleTicks = 0
    else if (++this.#idleTicks > idleTicksBeforeRest) {
      this.stop()
      this.#rest()
    }
  }
}
