import { brand, getPrototypeOf, mapHas, promiseThen, uncurry } from "./primordials.ts"
import { interfaces } from "./webidl.ts"

/** Another object, which stands for what the first one did once that is committed. */
export interface Transfer {
  readonly target: object
  commit(): void
}

/** Objects of a feature that can be cloned, or handed over. */
interface CloneKind {
  is(value: object): boolean
  /** A copy; where it is not there, the object can only be transferred. */
  clone?(value: object): object
  /** Why it cannot be transferred; undefined where it can. */
  refusal?(value: object): string | undefined
  /** Prepares to take what the object stands for from it. */
  transfer?(value: object): Transfer
}

/** What features add to structured cloning. */
export const cloneKinds: CloneKind[] = []

/** What is known of an object of a feature; undefined for any other. */
export function cloneKindOf(value: object): CloneKind | undefined {
  for (let index = 0; index < cloneKinds.length; index++) {
    const kind = cloneKinds[index] as CloneKind
    if (kind.is(value)) return kind
  }
  return undefined
}

type Constructor = { readonly prototype: object }
type Method = (value: unknown) => unknown

/** What a boxed boolean, number, string or BigInt holds; undefined for any other object. */
export function unbox(value: object): unknown {
  for (let index = 0; index < boxes.length; index++) {
    const box = boxes[index] as (typeof boxes)[number]
    if (box.is(value)) return box.open(value)
  }
  return undefined
}

/**
 * Whether an object stands for something that no copy of its properties would be: an object of a web interface, a promise,
 * a weak collection.
 */
export function isUncloneable(value: object): boolean {
  for (let at = getPrototypeOf(value) as object | null; at !== null; at = getPrototypeOf(at)) {
    if (mapHas(interfaces, at)) return true
  }
  for (let index = 0; index < opaque.length; index++)
    if ((opaque[index] as (value: object) => boolean)(value)) return true
  return false
}

const boxes = [Boolean, Number, String, BigInt].map((type) => {
  const open = uncurry((type as Constructor).prototype.valueOf) as Method
  return { is: brand(type, open), open }
})

const key = {}
const weakMapHas = uncurry(WeakMap.prototype.has)
const weakSetHas = uncurry(WeakSet.prototype.has)
const opaque = [
  brand(Promise, (value) => promiseThen(value, () => undefined)),
  brand(WeakMap, (value) => weakMapHas(value as WeakMap<object, unknown>, key)),
  brand(WeakSet, (value) => weakSetHas(value as WeakSet<object>, key)),
  brand(WeakRef, uncurry(WeakRef.prototype.deref) as Method),
  brand(Symbol, uncurry(Symbol.prototype.valueOf) as Method),
]
