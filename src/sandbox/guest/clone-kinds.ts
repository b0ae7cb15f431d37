import { brand, getPrototypeOf, mapHas, promiseThen, uncurry } from "./primordials.ts"
import { interfaces } from "./webidl.ts"

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
]
