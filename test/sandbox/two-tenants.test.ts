import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { memoryAfter } from "./memory-after.ts"
import { call, openRuntime, outputOf, versionOf } from "./sandbox.ts"

/** Where a tenant may leave something in its memory; `SECRET` stands for the text. */
const places: readonly (readonly [where: string, code: string])[] = [
  ["a global", "globalThis.kept = SECRET + 1"],
  ["the name of a property", "globalThis[SECRET] = 1"],
  ["a registered symbol", "globalThis.kept = Symbol.for(SECRET)"],
  ["a prototype", "Object.prototype[SECRET] = SECRET + 1"],
  ["a key and a value of a map", "globalThis.kept = new Map([[SECRET + 1, SECRET + 2]])"],
  ["what only a weak map holds", "const key = {}; globalThis.kept = [key, new WeakMap([[key, SECRET + 1]])]"],
  ["a closure", "const inner = SECRET + 1; globalThis.kept = () => inner"],
  ["a compiled function", "globalThis.kept = eval('(() => \"' + SECRET + '\")')"],
  ["a compiled regular expression", "globalThis.kept = new RegExp(SECRET); kept.exec(SECRET)"],
  [
    "a suspended generator",
    "function* g(held) { yield 1; return held } const g1 = g(SECRET + 1); g1.next(); globalThis.kept = g1",
  ],
  [
    "a promise that never settles",
    "globalThis.kept = (async (held) => { await new Promise((r) => { globalThis.later = r }); return held })(SECRET + 1)",
  ],
  ["a promise that was rejected", "globalThis.kept = Promise.reject(new Error(SECRET + 1))"],
  ["bytes", "globalThis.kept = Uint8Array.from(SECRET, (letter) => letter.charCodeAt(0))"],
  [
    "bytes of a buffer that was given away",
    "const b = Uint8Array.from(SECRET, (l) => l.charCodeAt(0)).buffer; globalThis.kept = b.transfer(5000)",
  ],
  ["text of two bytes a letter", "globalThis.kept = SECRET + '\\u{1f600}'"],
  ["text that was freed", "SECRET.repeat(5000).length"],
  [
    "text that was put together",
    "let rope = ''; for (let i = 0; i < 500; i++) rope += SECRET; globalThis.kept = rope + 1",
  ],
  ["an error and its stack", "globalThis.kept = [new Error(SECRET), new Error(SECRET).stack]"],
  ["the name of a function", "globalThis.kept = { [SECRET]() {} }[SECRET]"],
  [
    "what a finalizer holds",
    "const r = new FinalizationRegistry(() => {}); r.register({}, SECRET + 1); globalThis.kept = r",
  ],
  ["headers and an address", "globalThis.kept = [new Headers({ a: SECRET }), SECRET + 'x']"],
  ["frames of a recursion", "const deep = (n, held) => n === 0 ? held : deep(n - 1, held + n) + ''; deep(300, SECRET)"],
  ["a large heap", "globalThis.kept = Array.from({ length: 50000 }, (_, i) => SECRET + i)"],
]

const newSecret = () => randomBytes(12).toString("hex")
const holds = (memory: Buffer, secret: string) =>
  memory.includes(secret) || memory.includes(Buffer.from(secret, "utf16le"))
const visitor = versionOf("export default () => 1", { organisation: "b" })

describe("nothing that one tenant leaves in an instance's memory is there for the next: not", () => {
  it.each(places)("%s", async (_, code) => {
    const secret = newSecret()
    const handler = `const SECRET = ["${secret.slice(0, 9)}", "${secret.slice(9)}"].join(""); ${code}; return 1`
    const planter = versionOf(`export default () => { ${handler} }`, { organisation: "a" })
    expect(holds(await memoryAfter([planter]), secret)).toBe(true)
    expect(holds(await memoryAfter([planter, visitor]), secret)).toBe(false)
  })

  it("what stands in the input, the module, its name, or the environment", async () => {
    const secret = newSecret()
    const planter = versionOf(`export const name_${secret} = "${secret}"; export default () => 1`, {
      organisation: "a",
    })
    expect(holds(await memoryAfter([planter]), secret)).toBe(true)
    expect(holds(await memoryAfter([planter, visitor]), secret)).toBe(false)
  })
})

describe("two tenants on one thread", () => {
  const runtime = openRuntime({ threads: 1 })
  const ask = (organisation: string, body: string, over: Parameters<typeof call>[3] = {}) =>
    call(runtime, versionOf(`export default async () => { ${body} }`, { organisation }), null, over).then(outputOf)

  /** Everything that code can reach from the global object, as text. */
  const everything = `
    const seen = new Set(), found = []
    const look = (value) => {
      if (typeof value === "string") found.push(value)
      if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return
      seen.add(value)
      for (const key of Reflect.ownKeys(value)) {
        found.push(String(key))
        let inner
        try { inner = value[key] } catch { continue }
        look(inner)
      }
      look(Object.getPrototypeOf(value))
    }
    look(globalThis); look(process.env)
    return found.join(" ")`

  it("find nothing of each other on any object that they reach", async () => {
    const secret = newSecret()
    const plant = `
      for (const target of [globalThis, Object.prototype, Array.prototype, Function.prototype, Promise, Error, Math, JSON,
        Request.prototype, Response.prototype, console, crypto, performance, navigator, process.env, URL, Intl]) {
        try { target["left_${secret}"] = "${secret}" } catch {}
      }
      console.count("${secret}"); performance.mark?.("${secret}"); Error.prepareStackTrace = () => "${secret}"
      addEventListener("error", () => {}); Symbol.for("${secret}")
      return 1`
    expect(await ask("a", plant, { environment: { KEY: secret } })).toBe(1)
    const reached = String(await ask("b", everything))
    expect(reached).toContain("prototype")
    expect(reached).not.toContain(secret)
    expect(await ask("a", everything)).not.toContain(secret)
  })

  it("count, listen and prepare stack traces for themselves alone", async () => {
    await ask(
      "a",
      "console.count('x'); console.count('x'); addEventListener('error', (e) => e.preventDefault()); return 1",
    )
    const version = versionOf(
      "export default () => { console.count('x'); reportError(new Error('seen')); return new Error('e').stack.length > 0 }",
      { organisation: "b" },
    )
    const result = await call(runtime, version)
    expect(outputOf(result)).toBe(true)
    expect(result.logs.map(({ message }) => message.split("\n")[0])).toEqual(["x: 1", "Uncaught Error: seen"])
  })

  it("get the answers to their own operations where their numbers are the same", async () => {
    const waiter = (organisation: string) =>
      ask(
        organisation,
        `const own = []
         for (let i = 0; i < 20; i++) own.push(new Promise((done) => setTimeout(() => done("${organisation}" + i), 20 - i)))
         return (await Promise.all(own)).join()`,
      )
    const expected = (name: string) => Array.from({ length: 20 }, (_, i) => `${name}${i}`).join()
    const names = ["a", "b", "c", "d"]
    expect(await Promise.all(names.map(waiter))).toEqual(names.map(expected))
  })

  it("hear nothing of the timers that an ended call left", async () => {
    await ask("a", "setInterval(() => { globalThis.leaked = 1; console.log('leaked') }, 1); return 1")
    const waited = await call(
      runtime,
      versionOf(
        "export default async () => { await new Promise((d) => setTimeout(d, 30)); return [typeof leaked, setTimeout(() => {}, 1)] }",
        { organisation: "b" },
      ),
    )
    expect(outputOf(waited)).toEqual(["undefined", 2])
    expect(waited.logs).toEqual([])
  })

  it("share nothing of the formatters and decoders that the host keeps", async () => {
    await ask(
      "a",
      "Object.defineProperty(Intl.NumberFormat.prototype, 'format', { value: () => 'evil' }); new Intl.NumberFormat('de').format(1.5); return 1",
    )
    const decode = "const d = new TextDecoder(); d.decode(new Uint8Array([0xc3]), { stream: true }); return 1"
    await ask("a", decode)
    expect(
      await ask(
        "b",
        "return [new Intl.NumberFormat('de').format(1.5), new TextDecoder().decode(new Uint8Array([0xa9, 65]))]",
      ),
    ).toEqual(["1,5", "\ufffdA"])
  })
})

describe("what differs between calls never comes twice, whoever calls", () => {
  const runtime = openRuntime({ threads: 1 })
  const code =
    "export default () => [Math.random(), Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint32Array(2))].join()]"

  it("random numbers and identifiers, over restores and organisations", async () => {
    const drawn: unknown[] = []
    for (let turn = 0; turn < 150; turn++) {
      drawn.push(...(outputOf(await call(runtime, versionOf(code, { organisation: `org${turn % 3}` }))) as unknown[]))
    }
    expect(new Set(drawn).size).toBe(drawn.length)
  })

  it("random numbers of calls that were swapped out between two draws", async () => {
    const version = versionOf(
      "export default async () => { const first = Math.random(); await new Promise((d) => setTimeout(d, 5)); return [first, Math.random()] }",
    )
    const drawn = (await Promise.all(Array.from({ length: 40 }, () => call(runtime, version)))).flatMap(outputOf)
    expect(new Set(drawn).size).toBe(80)
  })

  it("time origins: a call's clock starts with the call, not with the snapshot", async () => {
    const clock = versionOf("export default () => [performance.timeOrigin, performance.now(), Date.now()]")
    await call(runtime, clock)
    await new Promise((resolve) => setTimeout(resolve, 20))
    const before = performance.now()
    const beganAt = Date.now()
    const [origin = 0, elapsed = 0, now = 0] = outputOf(await call(runtime, clock)) as number[]
    expect(origin).toBeGreaterThanOrEqual(beganAt - 1)
    expect(elapsed).toBeLessThanOrEqual(performance.now() - before + 1)
    expect(now).toBeGreaterThanOrEqual(Math.floor(origin))
  })
})
