import { host } from "./host.ts"
import { parse, quote } from "./primordials.ts"
import { requireArguments, toDOMString } from "./webidl.ts"

/** `btoa`: bytes, one for each character, as base64. */
export function encodeBase64(given: ArrayLike<unknown>): string {
  requireArguments(given, 1, "btoa")
  const answer = host("base64.encode", quote(toDOMString(given[0])))
  if (answer !== undefined) return parse(answer as string) as string
  throw new DOMException("Cannot encode the text: it holds a character above U+00FF", "InvalidCharacterError")
}

/** `atob`: base64 as bytes, one for each character; white space and missing padding are forgiven. */
export function decodeBase64(given: ArrayLike<unknown>): string {
  requireArguments(given, 1, "atob")
  const answer = host("base64.decode", quote(toDOMString(given[0])))
  if (answer !== undefined) return parse(answer as string) as string
  throw new DOMException("Cannot decode the text: it is not base64", "InvalidCharacterError")
}
