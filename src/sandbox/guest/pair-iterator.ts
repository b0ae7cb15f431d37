import { create, defineProperty, getPrototypeOf, setPrototypeOf } from "./primordials.ts"
import { illegalInvocation } from "./webidl.ts"

/** Names and values, in order. */
export type Pairs = readonly (readonly [string, string])[]

/** Which half of a pair an iterator gives. */
type PairKind = "keys" | "values" | "entries"

/**
 * Makes the iterators of an interface that iterates over pairs. They are live: each step asks for the pairs anew.
 */
export function pairIterators<Target extends object>(
  name: string,
  pairsOf: (target: Target) => Pairs,
): (target: Target, kind: PairKind) => IterableIterator<unknown> {
  class PairIterator {
    readonly #target: Target
    readonly #kind: PairKind
    #next = 0

    constructor(target: Target, kind: PairKind) {
      this.#target = target
      this.#kind = kind
    }

    next(): IteratorResult<unknown> {
      if (typeof this !== "object" || this === null || !(#target in this)) illegalInvocation()
      const pair = pairsOf(this.#target)[this.#next]
      if (pair === undefined) return { value: undefined, done: true }
      this.#next++
      const value = this.#kind === "entries" ? [pair[0], pair[1]] : pair[this.#kind === "keys" ? 0 : 1]
      return { value, done: false }
    }
  }
  const { prototype } = PairIterator
  const next = prototype.next
  const bare = create(iteratorPrototype)
  defineProperty(bare, "next", { value: next, writable: true, enumerable: true, configurable: true })
  defineProperty(bare, Symbol.toStringTag, { value: name + " Iterator", configurable: true })
  return (target, kind) => setPrototypeOf(new PairIterator(target, kind), bare) as never
}

/** Calls back for each pair, as `forEach` of such an interface. */
export function forEachPair(target: object, pairsOf: () => Pairs, callback: unknown, thisValue: unknown): void {
  if (typeof callback !== "function") throw new TypeError("Cannot call forEach: its first argument is not a function")
  for (let index = 0; index < pairsOf().length; index++) {
    const pair = pairsOf()[index] as readonly [string, string]
    call(callback as never, thisValue, pair[1], pair[0], target)
  }
}

const iteratorPrototype: object = getPrototypeOf(getPrototypeOf([][Symbol.iterator]())) as object
const call: (callback: () => void, thisValue: unknown, ...values: unknown[]) => void = Function.prototype.call.bind(
  Function.prototype.call,
) as never
