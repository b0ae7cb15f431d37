import { host } from "./host.ts"
import { reportUncaught } from "./log.ts"
import { forget, type Operation, openOperation, register } from "./operations.ts"
import { refuseWhileLoading } from "./phase.ts"
import { apply, mapDelete, mapGet, mapSet, max } from "./primordials.ts"
import { globalObject } from "./webidl.ts"

const timers = new Map<number, Timer>()
let lastTimer = 0

/** A timer of `setTimeout` or `setInterval`; each time that it waits is an operation of its own. */
class Timer implements Operation {
  readonly id: number = ++lastTimer
  readonly callback: (...values: unknown[]) => unknown
  readonly values: unknown[]
  readonly everyMs: number
  operation = 0

  /** `everyMs` is negative for a timer that fires once. */
  constructor(callback: (...values: unknown[]) => unknown, values: unknown[], everyMs: number) {
    this.callback = callback
    this.values = values
    this.everyMs = everyMs
  }

  wait(ms: number): void {
    this.operation = register(this)
    host("timer", openOperation(this.operation) + ',"ms":' + ms + "}")
  }

  settle(): void {
    this.operation = 0
    if (this.everyMs < 0) mapDelete(timers, this.id)
    try {
      apply(this.callback, globalObject, this.values)
    } catch (thrown) {
      reportUncaught(thrown)
    }
    // The callback may have cleared its own interval.
    if (this.everyMs >= 0 && mapGet(timers, this.id) === this) this.wait(this.everyMs)
  }

  abandon(): void {
    mapDelete(timers, this.id)
  }
}

/** Starts a timer; gives the number that `cancelTimer` takes. */
export function startTimer(name: string, callback: unknown, ms: unknown, values: unknown[], repeats: boolean): number {
  if (typeof callback !== "function")
    throw new TypeError("Cannot call " + name + ": its first argument is not a function")
  const delay = toLong(ms)
  refuseWhileLoading(name)
  // An interval of 0 would keep a call busy without any other limit than its time.
  const timer = new Timer(callback as never, values, repeats ? (delay > 0 ? delay : 1) : -1)
  mapSet(timers, timer.id, timer)
  timer.wait(repeats ? timer.everyMs : delay)
  return timer.id
}

/** Cancels a timer; what is none is passed over. */
export function cancelTimer(id: unknown): void {
  const timer = mapGet(timers, +(id as number))
  if (timer === undefined) return
  mapDelete(timers, timer.id)
  if (timer.operation === 0) return
  forget(timer.operation)
  host("timer.cancel", openOperation(timer.operation) + "}")
}

function toLong(ms: unknown): number {
  return max(+(ms as number) | 0, 0)
}
