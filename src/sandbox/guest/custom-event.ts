import { Event } from "./event.ts"
import { asInterface, illegalInvocation, requireArguments, toDictionary } from "./webidl.ts"

/** `CustomEvent`: an event that carries a value. */
export class CustomEvent extends Event {
  #detail: unknown

  constructor(type: string, init: unknown = undefined) {
    // biome-ignore lint/complexity/noArguments: a rest parameter would change the constructor's length.
    requireArguments(arguments, 1, "CustomEvent")
    super(type, init)
    const { detail } = toDictionary(init, "The init of a CustomEvent")
    this.#detail = detail === undefined ? null : detail
  }

  get detail(): unknown {
    return #detail in this ? this.#detail : illegalInvocation()
  }
}
asInterface(CustomEvent, "CustomEvent")
