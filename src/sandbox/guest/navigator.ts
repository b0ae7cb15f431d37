import { asInterface, illegalConstructor, illegalInvocation } from "./webidl.ts"

const fromWithin: unknown = {}

/** `Navigator`: only who runs the code. */
export class Navigator {
  readonly #brand = true

  constructor(...within: unknown[]) {
    if (within[0] !== fromWithin) illegalConstructor()
  }

  get userAgent(): string {
    return #brand in this ? "Inlay" : illegalInvocation()
  }
}
asInterface(Navigator, "Navigator")

/** `globalThis.navigator`. */
export const navigator: Navigator = new Navigator(fromWithin)
