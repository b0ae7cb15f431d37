import { TransformStream } from "web-streams-polyfill"
import { uncurry } from "../../primordials.ts"

type Getter = (pair: object) => object

/** The side of a transform that is read, whatever a function's code has put on the prototype. */
export const readableOf = getter("readable")

/** The side of a transform that is written. */
export const writableOf = getter("writable")

function getter(name: "readable" | "writable"): Getter {
  return uncurry(Object.getOwnPropertyDescriptor(TransformStream.prototype, name)?.get as () => object) as Getter
}
