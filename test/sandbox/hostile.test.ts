import { describe, expect, it } from "vitest"
import type { HttpClient } from "../../src/ports/http-client.ts"
import type { RuntimeVersion } from "../../src/ports/runtime.ts"
import {
  answeringPrograms,
  busyPrograms,
  deepPrograms,
  demandingPrograms,
  type HostileProgram,
  respondingPrograms,
} from "./hostile-programs.ts"
import { call, openRuntime, outputOf, versionOf } from "./sandbox.ts"

/** A network that answers everything. */
const http: HttpClient = {
  fetch: async ({ url }) => ({
    status: 200,
    statusText: "OK",
    url,
    redirected: false,
    headers: [],
    body: Buffer.from("body"),
  }),
  close: async () => {},
}
const runtime = openRuntime({ http })
const innocent = versionOf("export default (n) => n + 1", { organisation: "innocent" })
const prototypes = [Object, Array, Function, Promise, Map, Uint8Array].map(({ prototype }) => prototype)
const hostState = () => prototypes.map((prototype) => Reflect.ownKeys(prototype))
const untouched = hostState()

/** What the host knows of a call's end is small, whatever the call threw or wrote. */
const maxToldCharacters = 600_000

/** Calls a program, then the same function without its hostility, and a neighbour all the while. */
async function run([, body, ends]: HostileProgram, over: Partial<RuntimeVersion> = {}): Promise<void> {
  const code = `const hostile = async () => { ${body} }
    export default (input) => input === "again" ? ${over.kind === "http" ? "new Response('fine')" : "'fine'"} : hostile()`
  const version = versionOf(code, { organisation: "hostile", cpuMs: 400, timeoutMs: 5000, ...over })
  const [{ outcome, logs }, neighbour] = await Promise.all([call(runtime, version), call(runtime, innocent, 1)])
  expect(ends).toContain(outcome.ok ? "answered" : outcome.code)
  expect(outputOf(neighbour)).toBe(2)
  const told = outcome.ok ? JSON.stringify(logs) : JSON.stringify([outcome.error, logs])
  expect(told.length).toBeLessThan(maxToldCharacters)
  expect(outputOf(await call(runtime, innocent, 2))).toBe(3)
  expect(hostState()).toEqual(untouched)
}

describe("a hostile program ends with its code, and nobody else feels it: it", () => {
  it.each(busyPrograms)("%s", (...program) => run(program))
  it.each(demandingPrograms)("%s", (...program) => run(program))
})

describe("a hostile program ends with its code, and nobody else feels it: it nests", () => {
  it.each(deepPrograms)("%s", (...program) => run(program))
})

describe("a hostile program ends with its code, and nobody else feels it: it answers", () => {
  it.each(answeringPrograms)("%s", (...program) => run(program, { cpuMs: 2000 }))
  it.each(respondingPrograms)("%s", (...program) => run(program, { kind: "http", cpuMs: 2000 }))
})

describe("a function whose call was hostile", () => {
  it.each([
    ["filled its memory", "const all = []; for (;;) all.push({ a: 1 })"],
    ["never returned", "for (;;);"],
    ["was nested too deep", "let a = 1; for (let i = 0; i < 1e4; i++) a = [a]; return a"],
    ["wrecked its globals", "for (const key of Reflect.ownKeys(globalThis)) delete globalThis[key]"],
    [
      "changed every prototype",
      "Object.prototype.toJSON = () => 1; Promise.prototype.then = null; Array.prototype.map = 0",
    ],
  ])("answers its next call as ever, after it %s", async (_, body) => {
    const code = `export default (again) => { if (again) return [1].map((n) => n + 1); ${body} }`
    const version = versionOf(code, { organisation: "hostile", cpuMs: 400 })
    await call(runtime, version, false)
    expect(outputOf(await call(runtime, version, true))).toEqual([2])
  })
})
