// Both builds of the engine behind our own Engine class, call after call in turn: which one the sandbox should use.
import { readFile, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import bellard from "@jitl/quickjs-wasmfile-release-sync"
import { median } from "./tools/measure.mjs"
import { report } from "./tools/report.mjs"
import { loadSource, readGuestScript } from "./tools/source.mjs"

const iterations = 500

/** What a customer's function does, each a fraction of a millisecond to a few. */
const programs = {
  trivial: "return 1",
  recursion: "const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2)); return fib(15)",
  loop: "let sum = 0; for (let i = 0; i < 20000; i++) sum = (sum + i * i) | 0; return sum",
  objects:
    "const all = []; for (let i = 0; i < 1000; i++) all.push({ id: i, v: i * 2 }); return all.filter((x) => x.v % 3).map((x) => ({ ...x, z: 1 })).length",
  json: "const text = JSON.stringify(Array.from({ length: 300 }, (_, id) => ({ id, name: 'n' + id }))); return JSON.parse(text).length",
  strings: "let n = 0; for (let i = 0; i < 500; i++) n += ('a,b,c,' + i).split(',').join('-').length; return n",
  regex:
    "let n = 0; for (let i = 0; i < 200; i++) n += /^[\\w.]+@[\\w.]+$/.test('user' + i + '@example.com') ? 1 : 0; return n",
  sort: "return Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1009).sort((a, b) => a - b)[5]",
  classes:
    "class A { #x = 1; inc() { this.#x++; return this.#x } } const a = new A(); let s = 0; for (let i = 0; i < 2000; i++) s += a.inc(); return s",
  url: "const url = new URL('https://example.com/a?b=1'); url.searchParams.set('c', '2'); return url.href.length",
}
/** What the guest's web APIs build on and Bellard's build lacks; the least that lets them load. */
const missing = `
  globalThis.DOMException ??= class DOMException extends Error {};
  globalThis.queueMicrotask ??= (job) => { Promise.resolve().then(job) };
  globalThis.performance ??= { now: Date.now };
`
const head = '[[1,2,3,4],"bench","","",0,"event",{},false,null,null,1,false]'

await report("Engine builds: restore and call", async () => {
  const source = await loadSource("sandbox", [
    "src/sandbox/engine/engine-build.ts",
    "src/sandbox/engine/engine.ts",
    "src/sandbox/engine/instance.ts",
    "src/sandbox/engine/packed-pages.ts",
    "src/sandbox/engine/snapshot.ts",
  ])
  const script = await readGuestScript()
  const ng = await open(source, source.defaultBuild, script)
  // The minifier gave the same names to the same imports in both builds, but for the clock that only one of them has.
  const stock = {
    variant: bellard,
    wasm: await withBarrier("@jitl/quickjs-wasmfile-release-sync/wasm"),
    imports: { clocks: ["p"], localTime: "m", timeZone: "n", resizeHeap: "k", writers: ["c", "e", "f"] },
  }
  const other = await open(source, stock, missing + script)
  const lines = []
  const figures = {}
  for (const name of Object.keys(programs)) {
    const times = { ng: [], bellard: [] }
    for (let index = 0; index < iterations; index++) {
      times.ng.push(ng.call(name))
      times.bellard.push(other.call(name))
    }
    const [a, b] = [median(times.ng), median(times.bellard)]
    figures[name] = { ngMicroseconds: a, bellardMicroseconds: b, bellardOverNg: b / a }
    lines.push([name, `${a.toFixed(1)} µs`, `${b.toFixed(1)} µs`, (b / a).toFixed(2)])
  }
  lines.push(["resident base", `${ng.kilobytes.toFixed(0)} KB`, `${other.kilobytes.toFixed(0)} KB`, ""])
  const ratios = Object.values(figures).map((one) => one.bellardOverNg)
  const geometricMean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
  return {
    rows: [{ key: "bellardOverNg", what: "Bellard's build over -ng, geometric mean", value: geometricMean, unit: "×" }],
    tables: [{ header: ["p50 of 500 calls", "-ng (used)", "Bellard", "Bellard / -ng"], lines }],
    figures: { programs: figures },
  }
})

/** Writes a build with the rejection tracker and the store barrier, as the package's own has it; gives the file. */
async function withBarrier(specifier) {
  const { addStoreBarrier } = await loadSource("barrier", ["scripts/store-barrier/add-store-barrier.ts"])
  const { addRejectionTracker } = await loadSource("tracker", ["scripts/rejection-tracker/add-rejection-tracker.ts"])
  const file = fileURLToPath(new URL(".data/other-engine.wasm", import.meta.url))
  await writeFile(
    file,
    addStoreBarrier(addRejectionTracker(await readFile(createRequire(import.meta.url).resolve(specifier)))),
  )
  return file
}

async function open({ Engine, Instance, captureBase, compileEngine, toPrivate, compose }, build, script) {
  let answered
  const callbacks = {
    host(op, text) {
      if (op === "done") answered = text
      if (op === "fail") throw new Error(text)
      if (op === "url.parse" || op === "url.set") return parseUrl(op, JSON.parse(text))
      return op === "random" ? new Uint8Array(Number(text)) : undefined
    },
    shouldInterrupt: () => false,
  }
  const engine = await Engine.create(compileEngine(build), 128, callbacks, build)
  const base = toPrivate(captureBase(engine, engine.boot(script)))
  const instance = new Instance(engine, base)
  const versions = {}
  for (const [name, body] of Object.entries(programs)) {
    instance.restore("bench", base)
    engine.dispatch("loading")
    engine.loadModule(`export default () => { ${body} }`, "bundle.js", '{"exportName":"default"}')
    versions[name] = compose(base, instance.capture())
  }
  return {
    kilobytes: (base.low.length + base.heap.length) / 1024,
    call(name) {
      const begin = performance.now()
      instance.restore("bench", versions[name])
      answered = undefined
      engine.dispatch("start", head, "null")
      const microseconds = (performance.now() - begin) * 1000
      if (answered === undefined) throw new Error(`No answer from "${name}".`)
      return microseconds
    },
  }
}

function parseUrl(op, args) {
  const url = new URL(args[0], op === "url.parse" ? (args[1] ?? undefined) : undefined)
  if (op === "url.set") url[args[1]] = args[2]
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url
  return JSON.stringify({ href, origin, protocol, username, password, host, hostname, port, pathname, search, hash })
}
