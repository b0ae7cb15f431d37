// What answers of an extreme size or shape cost the host's event loop: each is refused, or delivered within the limits.
import { setTimeout as wait } from "node:timers/promises"
import { createFunctions } from "inlay"
import { watchLoop } from "./tools/loop.mjs"
import { report } from "./tools/report.mjs"

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const rounds = 3
const config = { memory: 256, cpu: 2, timeout: 30 }

const deep = "let a = 1; for (let i = 0; i < 1e6; i++) a = [a]"
const wide = "const o = {}; for (let i = 0; i < 1e6; i++) o['k' + i] = i"
const proto = `const o = JSON.parse('{"__proto__":{"polluted":1},"a":1}')`
const shapes = {
  "40 MB of text": "return 'x'.repeat(4e7)",
  "9 MB of text": "return 'x'.repeat(9e6)",
  "1,000,000 levels": `${deep}; return a`,
  "1,000,000 keys": `${wide}; return o`,
  "100,000 keys of records":
    "return Array.from({ length: 2e4 }, (_, id) => ({ id, name: 'n' + id, a: 1, b: 2, c: 3 }))",
  "100,000 distinct keys": "const o = {}; for (let i = 0; i < 1e5; i++) o['k' + i] = i; return o",
  "500,000 values": "return Array(499999).fill(0)",
  "keys named __proto__": `${proto}; return o`,
  "40 MB thrown": "throw new Error('x'.repeat(4e7))",
  "an object of 1,000,000 keys thrown": `${wide}; throw o`,
  "an array of 1,000,000 levels thrown": `${deep}; throw a`,
  "40 MB in a log line": "console.log('x'.repeat(4e7)); return 1",
  "1,000,000 levels in a log line": `${deep}; console.log(a); return 1`,
  "1,000,000 keys in a log line": `${wide}; console.log(o); return 1`,
  "40 MB for a capability": "await kv.set('a', 'x'.repeat(4e7))",
  "1,000,000 levels for a capability": `${deep}; await kv.set('a', a)`,
  "1,000,000 keys for a capability": `${wide}; await kv.set('a', o)`,
  "__proto__ for a capability": `${proto}; await kv.set('a', o); return await kv.get('a')`,
  "24 inputs of 1 MB for capabilities":
    "const v = Array(1e5).fill('12345678'); return Promise.allSettled(Array.from({ length: 24 }, (_, i) => kv.set('k' + i, v))).then((all) => all.length)",
  "9,000 timers at once":
    "await Promise.all(Array.from({ length: 9000 }, () => new Promise((done) => setTimeout(done, 1))))",
  "40 MB in a request": "await fetch('http://127.0.0.1:9/', { method: 'POST', body: 'x'.repeat(4e7) })",
  "50,000 headers in a request":
    "await fetch('http://127.0.0.1:9/', { headers: Array.from({ length: 5e4 }, (_, i) => ['x-' + i, 'v']) })",
  "50,000 headers in a response":
    "return new Response('', { headers: Array.from({ length: 5e4 }, (_, i) => ['x-' + i, 'v']) })",
}

await report("Answers of an extreme size or shape", async () => {
  const functions = await createFunctions({ authenticate: "open", logger: quiet })
  await functions.deploy({ name: "plain", source: "export default () => 1" })
  for (let call = 0; call < 50; call++) await functions.invoke("plain")
  await wait(1000)
  const idle = await watchLoop(() => wait(1000))
  const lines = []
  let longest = 0
  for (const [index, [what, body]] of Object.entries(shapes).entries()) {
    const source = `import { kv } from "inlay/sdk"; export default async () => { ${body} }`
    const name = `shape_${index}`
    await functions.deploy({ name, source, config })
    const delays = []
    let ended
    for (let round = 0; round < rounds; round++) {
      const { maxMs } = await watchLoop(async () => {
        ended = await functions.invoke(name).then(
          () => "delivered",
          (error) => `${error.code}: ${error.message.split(": ").slice(2).join(": ").slice(0, 70)}`,
        )
      })
      delays.push(maxMs)
    }
    // The system puts a process aside now and then; what the shape itself costs, it costs in every round.
    const least = Math.min(...delays)
    longest = Math.max(longest, least)
    lines.push([what, `${least.toFixed(1)} ms`, ended])
  }
  await functions.close()
  if ({}.polluted !== undefined) throw new Error("A prototype of the host was changed.")
  return {
    rows: [
      {
        key: "boundaryLoopMilliseconds",
        what: "longest delay of the event loop, least of 3 rounds",
        value: longest,
        unit: "ms",
        atMost: 20,
      },
      { what: "  while nothing happens", value: idle.maxMs, unit: "ms" },
    ],
    tables: [{ header: ["answer", "delay", "ended"], lines }],
  }
})
