import { spawn } from "node:child_process"
import { mkdtemp, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { httpClient } from "../tools/http-client.mjs"
import { check, expressionSource, input } from "../tools/task.mjs"

const body = JSON.stringify(input)
const rounds = { warmUp: 500, rounds: 5, perRound: 1000 }

/** The service itself, as its peers over HTTP are measured. */
export const inlayOverHttp = "Inlay over HTTP"

/** Servers in a process of their own, called over HTTP: like is compared with like. */
export const httpPeers = {
  [inlayOverHttp]: {
    what: "a fresh sandbox",
    rounds,
    prepare: () => callsToNode("../tools/http-host.mjs", "/functions/double/invoke"),
  },
  "node:http": {
    what: "over HTTP, no sandbox",
    rounds,
    prepare: () => callsToNode("../tools/bare-host.mjs", "/"),
  },
  workerd: {
    what: "over HTTP, its isolate reused",
    rounds,
    async prepare() {
      const folder = await mkdtemp(join(tmpdir(), "inlay-workerd-"))
      const port = await freePort()
      await writeFile(
        join(folder, "worker.js"),
        `const handle = ${expressionSource}
        export default { async fetch(request) { return Response.json(handle(await request.json())) } }`,
      )
      await writeFile(
        join(folder, "config.capnp"),
        `using Workerd = import "/workerd/workerd.capnp";
        const config :Workerd.Config = (
          services = [(name = "main", worker = (
            modules = [(name = "worker.js", esModule = embed "worker.js")], compatibilityDate = "2025-01-01"))],
          sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);`,
      )
      const { default: binary } = createRequire(import.meta.url)("workerd")
      start(binary, ["serve", join(folder, "config.capnp")])
      return callsTo(`http://127.0.0.1:${port}/`)
    },
  },
}

/** Calls to a server that a script of Node starts, which prints its port. */
async function callsToNode(script, path) {
  const child = start(process.execPath, [fileURLToPath(new URL(script, import.meta.url))])
  const port = await new Promise((resolve, reject) => {
    child.stdout.once("data", (chunk) => resolve(Number(String(chunk))))
    child.once("close", () => reject(new Error(`The server of ${script} ended.`)))
  })
  return callsTo(`http://127.0.0.1:${port}${path}`)
}

/** Calls to a server, once it answers. */
async function callsTo(url) {
  const post = httpClient(url)
  for (let left = 100; ; left--) {
    const error = await post(body).then(check, (error) => error)
    if (error === undefined) return async () => check(await post(body))
    if (left === 0) throw error
    await wait(50)
  }
}

/** Starts a process that ends with this one. */
function start(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] })
  process.once("exit", () => child.kill())
  return child
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
