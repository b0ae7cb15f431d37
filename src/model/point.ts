/** How many dimensions a point may have. */
const maxDimensions = 8

/** What is wrong with something that came from outside; undefined where nothing is. */
type Issue = string | undefined

/** With the key of a value. */
export function keyIssue(key: unknown): Issue {
  if (typeof key !== "string") return "must be text"
  if (!/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(key)) {
    return 'must begin with a letter or "_" and have at most 64 letters, digits, "_", "." and "-"'
  }
  return key.startsWith("function.") ? 'must not begin with "function.": these are the service\'s own' : undefined
}

/** With a value: it is finite, and so far from the largest number that sums of many stay finite. */
export function valueIssue(value: unknown): Issue {
  if (typeof value !== "number" || !Number.isFinite(value)) return "must be a finite number"
  return Math.abs(value) > 1e100 ? "must be a number from -1e100 to 1e100" : undefined
}

/** With the name of a dimension, which is also a label's name in Prometheus. */
export function dimensionNameIssue(name: string): Issue {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name)) {
    return "is no name of a dimension: it must be a letter, then at most 63 letters, digits and _"
  }
  return name === "function" || name === "key" ? "is no name of a dimension: it is the service's own" : undefined
}

/** With what a dimension says. */
export function dimensionValueIssue(value: unknown): Issue {
  if (typeof value !== "string") return "must be text"
  if (value === "") return "must not be empty"
  return value.length > 128 ? "must have at most 128 characters" : undefined
}

/** With how many dimensions there are. */
export function dimensionCountIssue(count: number): Issue {
  return count > maxDimensions ? `must be at most ${maxDimensions}` : undefined
}

const dayMs = 86_400_000
/** How late a value may come. */
export const maxPastMs: number = dayMs
/** How far the clock of whoever measured it may be ahead. */
const maxFutureMs = 60_000

/** With the time of a value: it comes too late, or too early. */
export function timeIssue(at: number, now: number, pastMs: number = maxPastMs): Issue {
  if (at < now - pastMs) {
    const days = pastMs / dayMs
    return `is ${at}, which is more than ${days === 1 ? "a day" : `${days} days`} ago`
  }
  return at > now + maxFutureMs ? `is ${at}, which is more than a minute ahead` : undefined
}
