// workerd against the web-platform-tests, for comparison. Install it with the other peers (`npm install --prefix bench/peers
// --no-package-lock`); then, by the corpus's own runner:
//   node <corpus>/runner/run.mjs --adapter <this file> --areas url,headers --jobs 2 --out workerd.json [-v]
import { spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** One module with an exported handler. */
export const mode = "module"

const { default: binary, compatibilityDate } = createRequire(new URL("../peers/", import.meta.url))("workerd")
const startMs = 10_000
const pollMs = 25

// The handler's own failures have to look like those of the other adapters.
const worker = `import handler from "test.js"
export default { async fetch() {
  try { return new Response(await handler()) }
  catch (error) { return new Response(String(error), { status: 500 }) }
} }`

/** Runs one test in a process of its own and gives what it reports, as JSON text. */
export async function run(code, { timeoutMs }) {
  const folder = await mkdtemp(join(tmpdir(), "inlay-wpt-"))
  const port = await freePort()
  await writeFile(join(folder, "test.js"), code)
  await writeFile(join(folder, "worker.js"), worker)
  await writeFile(join(folder, "config.capnp"), configOf(port))
  const child = spawn(binary, ["serve", join(folder, "config.capnp")], { stdio: ["ignore", "ignore", "pipe"] })
  const exit = new Promise((resolve) => child.once("exit", resolve))
  let errors = ""
  child.stderr.on("data", (text) => {
    errors += text
  })
  try {
    const failed = exit.then(() => Promise.reject(new Error(`workerd ended: ${errors.slice(0, 300)}`)))
    return await Promise.race([ask(port, timeoutMs), failed])
  } finally {
    child.kill("SIGKILL")
    await exit
    await rm(folder, { recursive: true, force: true })
  }
}

async function ask(port, timeoutMs) {
  const url = `http://127.0.0.1:${port}/`
  for (const end = Date.now() + startMs; ; ) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
      const text = await response.text()
      if (!response.ok) throw Object.assign(new Error(text), { name: "AnswerError" })
      return text
    } catch (error) {
      if (error.name === "AnswerError" || error.name === "TimeoutError" || Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, pollMs))
    }
  }
}

function configOf(port) {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker.js", esModule = embed "worker.js"), (name = "test.js", esModule = embed "test.js")],
    compatibilityDate = "${compatibilityDate}"))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);`
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
