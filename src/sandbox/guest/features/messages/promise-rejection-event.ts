import { Event } from "../../event.ts"
import { asInterface, illegalInvocation, requireArguments, toDictionary } from "../../webidl.ts"

/** `PromiseRejectionEvent`: a rejection that nobody handled, or handled too late. */
export class PromiseRejectionEvent extends Event {
  readonly #promise: object
  readonly #reason: unknown

  constructor(type: string, init: unknown) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 2, "PromiseRejectionEvent")
    super(type, init)
    const { promise, reason } = toDictionary(init, "The init of a PromiseRejectionEvent")
    if ((typeof promise !== "object" && typeof promise !== "function") || promise === null) {
      throw new TypeError("Cannot make a PromiseRejectionEvent: its init has no promise")
    }
    this.#promise = promise
    this.#reason = reason
  }

  get promise(): object {
    return #promise in this ? this.#promise : illegalInvocation()
  }
  get reason(): unknown {
    return #promise in this ? this.#reason : illegalInvocation()
  }
}
asInterface(PromiseRejectionEvent, "PromiseRejectionEvent")
