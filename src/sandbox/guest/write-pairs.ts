import type { Pairs } from "./pair-iterator.ts"
import { quote } from "./primordials.ts"

/** Pairs as JSON text, made by hand: nothing here asks an object for `toJSON`. */
export function writePairs(pairs: Pairs): string {
  let text = "["
  for (let index = 0; index < pairs.length; index++) {
    const pair = pairs[index] as readonly [string, string]
    text += (index === 0 ? "" : ",") + "[" + quote(pair[0]) + "," + quote(pair[1]) + "]"
  }
  return text + "]"
}
