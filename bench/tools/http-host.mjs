// Inlay as a server of its own, as its peers over HTTP are: prints its port, serves until it is ended.
import { createServer } from "node:http"
import { createFunctions } from "inlay"
import { nodeMount } from "inlay/node"
import { sqlite } from "inlay/storage/sqlite"
import { moduleSource } from "./task.mjs"

const logger = { debug() {}, info() {}, warn() {}, error() {} }
const functions = await createFunctions({ storage: sqlite(":memory:"), authenticate: "open", logger })
await functions.deploy({ name: "double", source: moduleSource })
const server = createServer(nodeMount(functions))
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
