import type { Pattern } from "./expression.ts"

/** Matches in at most text times pattern steps, each of which is counted: a part that fits is never looked for again. */
export function isLike(text: string, pattern: Pattern, count: (steps: number) => void): boolean {
  count(text.length)
  const characters = [...text]
  let at = 0
  let part = 0
  let afterMany = -1
  let resumeAt = 0
  while (at < characters.length) {
    count(1)
    const wanted = pattern[part]
    if (typeof wanted === "object" && wanted.any === "many") {
      afterMany = ++part
      resumeAt = at
    } else if (wanted !== undefined && (typeof wanted === "object" || wanted === characters[at])) {
      part++
      at++
    } else if (afterMany >= 0) {
      // The last "%" takes one character more.
      part = afterMany
      at = ++resumeAt
    } else return false
  }
  return pattern.slice(part).every((rest) => typeof rest === "object" && rest.any === "many")
}
