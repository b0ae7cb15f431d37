// Times so many runs of ten steps in PostgreSQL with the system that the first argument names; prints the median of a step.
import { median, timeEach } from "../tools/measure.mjs"
import { stepsOfRun } from "./inlay.mjs"
import { systems } from "./systems.mjs"

const [, , name, url, schema, count] = process.argv
const system = await systems[name]()
const storage = name === "Inlay" ? (await import("inlay/storage/postgres")).postgres(url) : url
const { run, close } = await system.openRuns(storage, schema)
await timeEach(20, run)
const times = await timeEach(Number(count), run)
await close()
console.log(JSON.stringify({ stepMilliseconds: median(times) / stepsOfRun / 1000 }))
process.exit()
