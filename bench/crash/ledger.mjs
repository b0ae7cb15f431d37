import { readFileSync } from "node:fs"

/** What the steps noted, in the order of its happening: one line for each step that began. */
export function readLedger(path) {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1)
  return lines.map((line) => {
    const [at, incarnation, token, step, given, own] = line.split(" ")
    return { at: Number(at), incarnation, token, step: Number(step), given, own }
  })
}

/**
 * How many steps were committed twice. A step may begin twice, where its process died before it was written down. Its
 * result is handed to the step after it once it is written down, so two results handed on are two commits.
 */
export function countDoubled(notes) {
  const handedOn = new Map()
  for (const { token, step, given } of notes) {
    const key = `${token} ${step}`
    handedOn.set(key, (handedOn.get(key) ?? new Set()).add(given))
  }
  let doubled = 0
  for (const results of handedOn.values()) doubled += results.size - 1
  return doubled
}

/**
 * For how long the runs of a killed process stood still: from the kill to the next step that another process began, the
 * longest of them; milliseconds. Null where nothing was under way that went on with a step.
 */
export function longestStandstill(notes, { incarnation, at }) {
  const lastBefore = new Map()
  const nextAfter = new Map()
  for (const note of notes) {
    if (note.at <= at) lastBefore.set(note.token, note)
    else if (!nextAfter.has(note.token)) nextAfter.set(note.token, note)
  }
  const waits = [...lastBefore.values()]
    .filter((note) => note.incarnation === incarnation)
    .flatMap(({ token }) => nextAfter.get(token) ?? [])
    .map((note) => note.at - at)
  return waits.length === 0 ? null : Math.max(...waits)
}
