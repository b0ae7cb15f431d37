// The restore alone, without worker or messages: an instance is restored to a version, called, and restored again.
import { percentile } from "./measure.mjs"
import { loadSource, readGuestScript } from "./source.mjs"
import { input, moduleSource } from "./task.mjs"

const { Engine, Instance, captureBase, compileEngine, toPrivate, compose, writeCallHead } = await loadSource(
  "sandbox",
  [
    "src/sandbox/call/call-head.ts",
    "src/sandbox/engine/engine-build.ts",
    "src/sandbox/engine/engine.ts",
    "src/sandbox/engine/instance.ts",
    "src/sandbox/engine/packed-pages.ts",
    "src/sandbox/engine/snapshot.ts",
  ],
)

let answered
const engine = await Engine.create(compileEngine(), 128, {
  host(op, text) {
    if (op === "done") answered = text
    return op === "random" ? new Uint8Array(Number(text)) : undefined
  },
  shouldInterrupt: () => false,
})
const base = toPrivate(captureBase(engine, engine.boot(await readGuestScript())))
const instance = new Instance(engine, base)

instance.restore("one", base)
engine.dispatch("loading", undefined)
engine.loadModule(moduleSource, "bundle.js", JSON.stringify({ exportName: "default" }))
const version = compose(base, instance.capture())

const head = writeCallHead({
  seed: "[1,2,3,4]",
  invocationId: "bench",
  traceId: "0".repeat(32),
  functionName: "double",
  deadline: 0,
  kind: "event",
  environment: "{}",
  streams: false,
  request: undefined,
  call: 1,
  keeps: false,
})

/** Restores and calls, `count` times; gives the times of the restores alone, microseconds. */
function measure(count, organisationOf) {
  const times = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    const begin = performance.now()
    instance.restore(organisationOf(index), version)
    times[index] = (performance.now() - begin) * 1000
    answered = undefined
    engine.dispatch("start", head, JSON.stringify(input))
    if (answered !== '{"result":[2,4,6,8]}') throw new Error(`A wrong answer: ${answered}`)
  }
  return times
}

const same = () => "one"
const alternating = (index) => (index % 2 === 0 ? "one" : "other")
measure(500, same)
measure(500, alternating)
console.log(
  JSON.stringify({
    sameMicroseconds: percentile(measure(5000, same), 0.5),
    alternatingMicroseconds: percentile(measure(5000, alternating), 0.5),
    baseKilobytes: (base.low.length + base.heap.length) / 1024,
  }),
)
