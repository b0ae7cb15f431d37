// A process that works on jobs in PostgreSQL once its parent says so, with the system that its first argument names.
import { systems } from "./systems.mjs"

const [, , name, url, schema] = process.argv
process.once("message", async () => {
  const { work } = await systems[name]()
  await work(url, schema)
  process.send({ ready: true })
})
