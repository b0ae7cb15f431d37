// The guest's web APIs against the web-platform-tests. Build first (`npm run build`); then, by the corpus's own runner:
//   node <corpus>/runner/run.mjs --adapter <this file> --areas url,headers --jobs 2 --out ours.json [-v]
import { createFunctions } from "../../dist/index.js"

/** One module with an exported handler. */
export const mode = "module"

const idleMs = 500

let service
let open = 0
let deployed = 0
let idle

/** Runs one test in a sandbox of its own and gives what it reports, as JSON text. */
export async function run(code, { timeoutMs }) {
  clearTimeout(idle)
  open++
  try {
    service ??= createFunctions({ authenticate: "open" })
    return await runIn(await service, code, timeoutMs)
  } finally {
    // The runner does not say when it has asked for the last one.
    if (--open === 0) idle = setTimeout(close, idleMs)
  }
}

async function runIn(functions, code, timeoutMs) {
  const name = `test-${++deployed}`
  const seconds = timeoutMs / 1000
  // The test is within a function, whose own functions are no members of the global object.
  const source = code.replace("globalThis.fetch_spec", "fetch_spec")
  await functions.deploy({ name, source, config: { memory: 512, timeout: seconds, cpu: seconds, kind: "event" } })
  try {
    return await functions.invoke(name)
  } finally {
    await functions.remove(name)
  }
}

async function close() {
  const closing = service
  service = undefined
  await (await closing).close()
}
