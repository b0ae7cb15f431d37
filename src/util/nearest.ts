import leven from "leven"

const maxLength = 200

/**
 * The candidate that a mistyped name most likely meant; undefined where none is near. Two letters of five may differ; letter
 * case alone always counts as near, and two letters that changed places as one that differs.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxLength) return undefined
  const wanted = name.toLowerCase()
  let distance = Math.floor(name.length * 0.4) + 1
  let best: string | undefined
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) >= distance) continue
    const found = candidate.toLowerCase()
    const apart = distanceOf(wanted, found, distance)
    if (apart >= distance) continue
    distance = apart
    best = candidate
    if (apart === 0) break
  }
  return best
}

/** ` (did you mean "…"?)`, to go on with a message; nothing where there is nothing to suggest. */
export function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? "" : ` (did you mean "${suggestion}"?)`
}

function distanceOf(wanted: string, found: string, maxDistance: number): number {
  if (wanted === found) return 0
  return isSwapped(wanted, found) ? 1 : leven(wanted, found, { maxDistance })
}

/** Of two texts that differ. */
function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length || a.length < 3) return false
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2)
}
