import { describe, expect, it } from "vitest"
import { createGuest, type Guest } from "./harness.ts"

/** Runs this as module code, then a handler that answers. */
const afterwards = (hostility: string, handler = "() => ({ fine: [1, 'ü'] })"): Guest =>
  createGuest().load(`${hostility}\nexport default ${handler}`).start({ body: '{"n":1}' })

const deleteAll = "for (const key of Reflect.ownKeys(globalThis)) { try { delete globalThis[key] } catch {} }"

const replaceAll =
  "for (const key of Reflect.ownKeys(globalThis)) { try { globalThis[key] = () => { throw 'poison' } } catch {} }"

const replaceMethods = `
  const { ownKeys } = Reflect, targets = [], poison = () => { throw "poison" }
  const names = ["Object", "Function", "Array", "String", "Number", "Boolean", "Symbol", "Map", "Set", "WeakMap",
    "Promise", "RegExp", "Error", "TypeError", "Date", "ArrayBuffer", "Uint8Array", "DataView"]
  for (let i = 0; i < names.length; i++) targets[i] = globalThis[names[i]]
  for (let i = 0; i < names.length; i++) targets[targets.length] = targets[i].prototype
  targets[targets.length] = Reflect; targets[targets.length] = JSON; targets[targets.length] = Math
  for (let i = 0; i < targets.length; i++) {
    const keys = ownKeys(targets[i])
    for (let k = 0; k < keys.length; k++) {
      try { if (typeof targets[i][keys[k]] === "function" && keys[k] !== "constructor") targets[i][keys[k]] = poison } catch {}
    }
  }`

const poisonSpecies = `
  for (const type of [Promise, Array, ArrayBuffer, RegExp, Map]) {
    Object.defineProperty(type, Symbol.species, { get() { throw "poison" } })
    Object.defineProperty(type.prototype, "constructor", { get() { throw "poison" } })
  }`

const accessorsEverywhere = `
  for (const key of ["value", "get", "set", "writable", "enumerable", "configurable", "request", "id", "ok", "kind", "env",
    "seed", "exportName", "name", "message", "stack", "status", "headers", "error", "reason", "list", "source", "once"]) {
    Object.defineProperty(Object.prototype, key,
      { __proto__: null, get() { throw "poison" }, set() { throw "poison" }, configurable: true })
  }`

const poisons: readonly [string, string][] = [
  ["deletes every global that it can reach", deleteAll],
  ["replaces every global that it can reach", replaceAll],
  ["replaces every method of every built-in class", replaceMethods],
  ["takes the iterator from arrays", "delete Array.prototype[Symbol.iterator]"],
  ["poisons species and constructors", poisonSpecies],
  ["puts accessors on Object.prototype", accessorsEverywhere],
  ["puts a then on Object.prototype that never answers", "Object.prototype.then = function () {}"],
  ["prepares stack traces that throw", "Error.prepareStackTrace = () => { throw 'poison' }"],
]

describe("A function that harms its own sandbox", () => {
  it.each(poisons)("still gets its result out where it %s", (_name, code) => {
    expect(afterwards(code).output()).toEqual({ fine: [1, "ü"] })
  })

  it.each(poisons)("still gets its failure out where it %s", (_name, code) => {
    const { name, message } = afterwards(code, "() => { null.x }").failure()
    expect(name).toBe("TypeError")
    expect(message).toContain("null")
  })

  it.each(poisons)("still gets a result out later where it %s", (_name, code) => {
    const guest =
      createGuest().load(`export default () => { const timer = globalThis.setTimeout; const P = globalThis.Promise
        const result = new P((resolve) => { timer(() => resolve(5), 10) }); ${code}; return result }`)
    guest.start().settle({ id: 1, ok: true })
    expect(guest.output()).toBe(5)
  })

  it.each(poisons)("still answers a request, or says why not, where it %s", (_name, code) => {
    const guest = createGuest()
      .load(
        `const R = Response; ${code}\nexport default { fetch(request) { return new R("ü", { headers: { a: request.method } }) } }`,
      )
      .start({ kind: "http", request: { method: "GET", url: "http://a.test/", headers: [["a", "b"]] } })
    expect(["respond", "fail"]).toContain(guest.answer().op)
  })

  it("gets its result out where every object has a toJSON", () => {
    const guest = afterwards(
      "Object.prototype.toJSON = () => ({ toJSON: 1 }); Array.prototype.toJSON = () => 2; String.prototype.toJSON = () => 3",
    )
    expect(guest.output()).toEqual({ toJSON: 1 })
    expect(
      afterwards("Object.prototype.toJSON = () => 'x'", "() => { throw new Error('real') }").failure().message,
    ).toBe("real")
  })

  it("gets an answer out where Array.prototype has setters for indices", () => {
    // The engine's own JSON.stringify trips over them.
    const guest = afterwards(
      "for (let i = 0; i < 9; i++) Object.defineProperty(Array.prototype, i, { set() { throw 'poison' } })",
    )
    expect(guest.failure().message).toBe("poison")
  })

  it("finds nothing of the bridge on the global object or on the stack", () => {
    const guest = afterwards(
      `const seen = []
       Error.prepareStackTrace = (error, sites) => { for (const site of sites) seen.push(site.getFunction(), site.getThis()); return "mine" }`,
      `() => [new Error("x").stack, seen.filter((x) => x !== undefined).length, typeof __inlay, typeof host, typeof dispatch, (function () { try { return typeof arguments.callee.caller } catch { return "none" } })()]`,
    )
    expect(guest.output()).toEqual(["mine", 0, "undefined", "undefined", "undefined", "none"])
  })

  it("cannot answer for a later call through a promise that it keeps", () => {
    const guest = createGuest().load(
      "let resolve; export default (n) => n === 1 ? new Promise((r) => { resolve = r }) : (resolve?.('first'), 'second')",
    )
    guest.start({ body: "1" }).start({ body: "2" })
    expect(guest.output()).toBe("second")
  })

  it("cannot answer so either before the later call has answered itself", () => {
    const guest = createGuest().load(
      "let resolve; export default (n) => n === 1 ? new Promise((r) => { resolve = r }) : (resolve('first'), new Promise((r) => setTimeout(r, 1, 'second')))",
    )
    guest.start({ body: "1" }).start({ body: "2" })
    expect(guest.named("done")).toEqual([])
    guest.settle({ id: 1, ok: true })
    expect(guest.output()).toBe("second")
  })

  it("hears nothing in a later call of what an earlier one was waiting for", () => {
    const guest = createGuest().load(
      "export default (n) => new Promise((done) => setTimeout(() => { console.log('woken in ' + n); done(n) }, 1))",
    )
    guest.start({ body: "1", call: 1 }).start({ body: "2", call: 2 })
    for (const call of [1, 2]) guest.settle({ call, id: 1, ok: true })
    guest.settle({ call: 1, id: 2, ok: true })
    expect(guest.logs()).toEqual([])
    guest.settle({ call: 2, id: 2, ok: true })
    expect([guest.logs().length, guest.output()]).toEqual([1, 2])
  })
})
