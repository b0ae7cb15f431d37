// Asks Inlay's own timetables for the facts of a corpus: the corpus's `run.mjs` judges the answers.
// Usage: node bench/conformance/cron.mjs <folder with run.mjs and cases.json> [-v]
import { runCorpus } from "../tools/corpus.mjs"
import { loadSource } from "../tools/source.mjs"

/** What the runner calls for each fact. */
export async function next(expression, zone, from, count) {
  const { createTimetable } = await timetables()
  const timetable = createTimetable(expression, zone)
  const found = []
  for (let at = Date.parse(from); found.length < count; ) {
    at = timetable.next(at)
    found.push(new Date(at).toISOString())
  }
  return found
}

let loaded

function timetables() {
  loaded ??= loadSource("timetable", ["src/triggers/schedules/timetable.ts"])
  return loaded
}

runCorpus(import.meta.url)
