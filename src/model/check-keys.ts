import { FunctionsError } from "../errors/functions-error.ts"
import { didYouMean, nearest } from "../util/nearest.ts"

/** `FN_006` where an object has a key that is none of these: what is mistyped would have no effect, and nobody would know. */
export function checkKeys(doing: string, given: object, known: readonly string[], path = ""): void {
  const issues = Object.keys(given)
    .filter((key) => !known.includes(key) && Reflect.get(given, key) !== undefined)
    .map((key) => ({
      path: path + key,
      message: `is not known${didYouMean(nearest(key, known)) || `: there are ${known.join(", ")}`}`,
    }))
  const [first] = issues
  if (first) throw new FunctionsError("FN_006", `Cannot ${doing}: "${first.path}" ${first.message}.`, { issues })
}
