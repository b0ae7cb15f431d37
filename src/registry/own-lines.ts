import type { LogEntry } from "../model/invocation.ts"

/** Characters by which a log may become longer: the path of an own file may be long, and stand in every line. */
const maxGrowth = 65_536

/** The lines with the texts that name the author's own files, in the same order. */
export function toOwnLines(logs: readonly LogEntry[], texts: readonly string[]): readonly LogEntry[] {
  let left = maxGrowth
  return logs.map((line, index) => {
    const { length } = line.message
    const message = (texts[index] ?? "").slice(0, length + left)
    left -= Math.max(0, message.length - length)
    return { ...line, message }
  })
}
