// Puts jobs with the system that the first argument names: in a process of its own, because the system may keep it open.
import { systems } from "./systems.mjs"

const [, , name, url, schema, count] = process.argv
const { putJobs } = await systems[name]()
const begin = performance.now()
await putJobs(url, Number(count), schema)
console.log(JSON.stringify({ seconds: (performance.now() - begin) / 1000 }))
process.exit()
