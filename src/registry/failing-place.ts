/** An error as the engine raised it. */
export interface RaisedError {
  readonly name: string
  readonly message: string
}

/** Characters that are searched. */
export const maxAhead = 2000
const maxName = 200

/**
 * How far behind a place of the bundle stands what the engine's own message names. The engine keeps the places of calls,
 * operators and statements, not those of properties and variables: what failed is the first of its name after the last place.
 * Undefined where the message names nothing, or nothing of its name follows.
 */
export function findFailing(error: RaisedError, after: string): number | undefined {
  const wanted = patternOf(error)
  const match = wanted?.exec(after)
  return match?.indices?.groups?.name?.[0]
}

function patternOf({ name, message }: RaisedError): RegExp | undefined {
  if (message.length > maxName) return undefined
  if (name === "ReferenceError") {
    const variable = /^([\w$]+) is not (?:defined|initialized)$/.exec(message)?.[1]
    return variable === undefined ? undefined : new RegExp(`(?<![\\w$.])(?<name>${quote(variable)})(?![\\w$])`, "d")
  }
  const property = /^cannot (?:read|set) property '(.+)' of (?:undefined|null)$/.exec(message)?.[1]
  if (name !== "TypeError" || property === undefined) return undefined
  if (/^\d+$/.test(property)) return /(?<name>\[)/d
  if (!/^[\w$]+$/.test(property)) return undefined
  return new RegExp(`(?:\\.|\\[["'\`])(?<name>${quote(property)})(?![\\w$])`, "d")
}

function quote(text: string): string {
  return text.replaceAll("$", "\\$")
}
