// An application that embeds Inlay: it deploys four functions, runs three of them as a pipeline, and serves them all.
import { randomUUID } from "node:crypto"
import { mkdir } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { createFunctions, definePipeline } from "inlay"
import { honoMount } from "inlay/hono"
import { sqlite } from "inlay/storage/sqlite"
import { readPenguins } from "./penguins.mjs"
import { printMetrics, printRun, printWhereToCall } from "./report.mjs"
import { zipFolder } from "./zip-folder.mjs"

const data = process.env.INLAY_EXAMPLE_DATA ?? fileURLToPath(new URL("../.data/", import.meta.url))
const port = Number(process.env.PORT ?? 3000)
const token = process.env.INLAY_EXAMPLE_TOKEN ?? randomUUID()
const folder = (name) => fileURLToPath(new URL(`../functions/${name}/`, import.meta.url))

await mkdir(data, { recursive: true })
const functions = await createFunctions({
  storage: sqlite(`${data}/inlay.db`),
  authenticate: async (request) =>
    request.headers.get("authorization") === `Bearer ${token}`
      ? { organisation: "default", scopes: ["*"], actor: "example" }
      : null,
})

const zip = await zipFolder(folder("price_quote"))
const quote = await functions.deploy({ name: "price_quote", zip })
console.log(`Deployed ${quote.name} version ${quote.version} from a ZIP of ${zip.length} bytes.`)

const steps = ["clean_data", "transform_data", "segment_data"]
for (const name of steps) {
  const { version } = await functions.deploy({ name, directory: folder(name) })
  console.log(`Deployed ${name} version ${version} from a folder.`)
}

const segmentation = steps.reduce((pipeline, name) => pipeline.step(name), definePipeline("segmentation"))
await functions.pipelines.define(segmentation)
const rows = await readPenguins()
printRun(await functions.pipelines.run("segmentation", { rows }), rows.length)
await printMetrics(functions, steps)

const app = new Hono()
app.get("/", (context) => context.text("The example host of Inlay. Functions are under /api.\n"))
app.mount("/api", honoMount(functions))

const server = serve({ fetch: app.fetch, port, hostname: "127.0.0.1" }, (address) => {
  printWhereToCall(`http://127.0.0.1:${address.port}`, token)
})

// Ctrl-C: take no more requests, let running calls finish, write what is buffered. Nothing is then left to do, so the
// process ends by itself. A second Ctrl-C ends it at once.
async function stop() {
  console.log("\nStopping: running calls finish first.")
  await new Promise((resolve) => {
    server.close(resolve)
    server.closeIdleConnections()
  })
  await functions.close()
  console.log("Stopped.")
}
process.once("SIGINT", stop)
process.once("SIGTERM", stop)
