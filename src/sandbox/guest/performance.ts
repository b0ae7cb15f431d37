import { elapsed, timeOrigin } from "./clock.ts"
import { EventTarget } from "./event-target.ts"
import { asInterface, illegalConstructor, illegalInvocation } from "./webidl.ts"

const fromWithin: unknown = {}

/** `Performance`: time as it passes for the present call. */
export class Performance extends EventTarget {
  readonly #brand = true

  constructor(...within: unknown[]) {
    if (within[0] !== fromWithin) illegalConstructor()
    super()
  }

  get timeOrigin(): number {
    return #brand in this ? timeOrigin() : illegalInvocation()
  }
  now(): number {
    return #brand in this ? elapsed() : illegalInvocation()
  }
  toJSON(): { readonly timeOrigin: number } {
    return { timeOrigin: this.timeOrigin }
  }
}
asInterface(Performance, "Performance")

/** `globalThis.performance`. */
export const performance: Performance = new Performance(fromWithin)
