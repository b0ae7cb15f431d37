// Plays a corpus of hostile addresses against the real egress code, with a resolver and a connector of its own.
// node bench/conformance/ssrf.mjs <corpus folder> [--json]; loaded as a module, it is the corpus runner's adapter.
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { connect, isIP } from "node:net"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { loadSource } from "../tools/source.mjs"

const self = fileURLToPath(import.meta.url)

if (resolve(process.argv[1] ?? "") === self) score(process.argv.slice(2))

/** What one case of the corpus came to: `blocked`, `invalid`, or `connected:` with every address that was connected to. */
export async function attempt(testCase) {
  const createHttpClient = await clientFactory()
  const connected = []
  const server = await serve(testCase)
  const client = createHttpClient({
    resolve: resolverOf(testCase),
    connect: recorder(connected, server.address().port),
  })
  let problem = ""
  try {
    for (let sent = 0; sent < (testCase.requests ?? 1); sent++) {
      const request = { method: "GET", url: testCase.url, headers: [], body: null, redirect: "follow" }
      await client.fetch(request, { signal: AbortSignal.timeout(10_000), maxBytes: 1e6 }).catch((error) => {
        problem = error.message
      })
    }
  } finally {
    await client.close()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  if (connected.length > 0) return `connected:${connected.join(",")}`
  return problem.includes("is not a URL") ? "invalid" : "blocked"
}

let factory
function clientFactory() {
  factory ??= loadSource("http-client", ["adapters/capability/http-client.ts"]).then(
    (client) => client.createHttpClient,
  )
  return factory
}

function resolverOf({ url, resolves, lookups, resolvesAlso }) {
  const asked = URL.canParse(url) ? new URL(url).hostname : ""
  let count = 0
  return async (name) => {
    if (resolvesAlso?.[name]) return resolvesAlso[name]
    if (name !== asked) return []
    return lookups ? lookups[Math.min(count++, lookups.length - 1)] : (resolves ?? [])
  }
}

function recorder(connected, port) {
  return ({ address }) => {
    if (!isIP(address)) throw new Error(`asked to connect to ${address}, which is no address`)
    connected.push(address)
    return connect({ host: "127.0.0.1", port })
  }
}

async function serve({ redirects = [], headers = {} }) {
  let answered = 0
  const server = createServer((_request, response) => {
    const location = redirects[answered++]
    response.writeHead(location === undefined ? 200 : 302, location === undefined ? headers : { ...headers, location })
    response.end("public")
  })
  await new Promise((done) => server.listen(0, "127.0.0.1", done))
  return server
}

function score(words) {
  const json = words.includes("--json")
  const folder = words.find((word) => !word.startsWith("--"))
  if (!folder) throw new TypeError("Cannot score: the first argument is the corpus folder.")
  const run = spawnSync(process.execPath, [join(folder, "run.mjs"), self], { encoding: "utf8" })
  const { cases } = JSON.parse(readFileSync(join(folder, "urls.json"), "utf8"))
  const missed = run.stdout.split("\n").filter((line) => line.startsWith("MISS ")).length
  const passed = run.status === 0 ? cases.length - missed : 0
  if (json) console.log(JSON.stringify({ "ssrf.cases": cases.length, "ssrf.passed": passed }))
  else console.log(`${run.stdout}${run.stderr}${passed} of ${cases.length} passed`)
  process.exitCode = passed === cases.length ? 0 : 1
}
