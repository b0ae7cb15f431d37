import { describe, expect, it } from "vitest"
import { openService } from "./service.ts"

/*
 * The names of the Minimum Common Web API of WinterTC (Ecma TC55), 2025 snapshot, from its text at
 * https://github.com/WinterTC55/proposal-minimum-common-api; WebAssembly's are left out, which the engine does not have.
 */
const interfaces =
  `AbortController AbortSignal Blob ByteLengthQueuingStrategy CompressionStream CountQueuingStrategy Crypto
  CryptoKey CustomEvent DecompressionStream DOMException ErrorEvent Event EventTarget File FormData Headers MessageChannel
  MessageEvent MessagePort Performance PromiseRejectionEvent ReadableByteStreamController ReadableStream
  ReadableStreamBYOBReader ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader Request
  Response SubtleCrypto TextDecoder TextDecoderStream TextEncoder TextEncoderStream TransformStream
  TransformStreamDefaultController URL URLPattern URLSearchParams WritableStream WritableStreamDefaultController
  WritableStreamDefaultWriter`.split(/\s+/)
const functions = `atob btoa clearInterval clearTimeout fetch queueMicrotask reportError setInterval setTimeout
  structuredClone`.split(/\s+/)
const objects = "console crypto globalThis navigator performance self".split(" ")
const members = `navigator.userAgent crypto.subtle crypto.getRandomValues crypto.randomUUID performance.now
  performance.timeOrigin`.split(/\s+/)
const handlers = "onerror onunhandledrejection onrejectionhandled".split(" ")

const service = openService({ sandbox: { threads: 1 } })
let deployed = 0

/** What code answers that has the names as `names`; it is put together so that no name of a heavier part stands in it. */
async function ask(names: readonly string[], code: string): Promise<unknown> {
  const name = `names_${++deployed}`
  await service.functions.deploy({ name, source: `export default (names) => { ${code} }` })
  return service.functions.invoke(name, names)
}

/** The names for which an expression is not true. */
function without(names: readonly string[], isRight: string): Promise<unknown> {
  return ask(names, `return names.filter((name) => { const value = globalThis[name]; return !(${isRight}) })`)
}

describe("The Minimum Common Web API", () => {
  it("has its interfaces, functions and objects on the global object, as built-ins are", async () => {
    const plain = `(() => { const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, name)
      return writable === true && enumerable === false && configurable === true })()`
    expect(await without(interfaces, `typeof value === "function" && ${plain}`)).toEqual([])
    expect(await without(functions, `typeof value === "function" && ${plain}`)).toEqual([])
    expect(await without(objects, `typeof value === "object" && value !== null && ${plain}`)).toEqual([])
    expect(await without(handlers, "name in globalThis && value === null")).toEqual([])
  })

  it("has what belongs to its objects", async () => {
    const code = "return names.filter((name) => name.split('.').reduce((at, key) => at[key], globalThis) === undefined)"
    expect(await ask(members, code)).toEqual([])
  })

  it("has classes that say what they are, and cannot be called without new", async () => {
    expect(await without(interfaces, "value.name === name && value.prototype.constructor === value")).toEqual([])
    expect(await without(interfaces, "value.prototype[Symbol.toStringTag] === name")).toEqual([])
    const tag = "Object.getOwnPropertyDescriptor(value.prototype, Symbol.toStringTag)"
    expect(await without(interfaces, `${tag}.writable === false && ${tag}.enumerable === false`)).toEqual([])
    const frozen = "Object.getOwnPropertyDescriptor(value, 'prototype').writable === false"
    expect(await without(interfaces, frozen)).toEqual([])
    const called = "(() => { try { value(); return false } catch (error) { return error instanceof TypeError } })()"
    expect(await without(interfaces, called)).toEqual([])
  })

  it("has functions that are no constructors, with their names", async () => {
    expect(await without(functions, "value.name === name && value.prototype === undefined")).toEqual([])
  })

  it("has members of prototypes that can be listed", async () => {
    const hidden = `Object.entries(Object.getOwnPropertyDescriptors(value.prototype))
      .every(([key, { enumerable }]) => key === "constructor" || enumerable === true)`
    expect(await without(interfaces, hidden)).toEqual([])
  })

  it("has objects that are instances of their interfaces", async () => {
    const code = `return [self === globalThis, crypto instanceof Crypto, crypto.subtle instanceof SubtleCrypto,
      performance instanceof Performance, performance instanceof EventTarget, new File([], "a") instanceof Blob,
      AbortSignal.abort() instanceof EventTarget, new CustomEvent("a") instanceof Event,
      new DOMException("a") instanceof Error, new Response("a").body instanceof ReadableStream,
      new MessageChannel().port1 instanceof MessagePort, String(new Headers()) === "[object Headers]"]`
    expect(await ask([], code)).toEqual(Array(12).fill(true))
  })
})

describe("structuredClone", () => {
  it("copies what the standards call serializable", async () => {
    const code = `return (async () => {
      const usages = ["sign", "verify"]
      const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, usages)
      const { held } = structuredClone({ held: key })
      const data = new Uint8Array([1, 2, 3])
      const signed = await crypto.subtle.sign("HMAC", key, data)
      const file = structuredClone(new File(["text"], "a.txt", { type: "text/plain", lastModified: 7 }))
      const blob = structuredClone(new Blob(["text"], { type: "text/plain" }))
      const error = structuredClone(new DOMException("no", "DataError"))
      return [held !== key && held instanceof CryptoKey, held.extractable, held.algorithm.hash.name, held.usages,
        await crypto.subtle.verify("HMAC", held, signed, data),
        file instanceof File, file.name, file.lastModified, await file.text(), blob.type, await blob.text(), error.name]
    })()`
    expect(await ask([], code)).toEqual([
      true,
      false,
      "SHA-256",
      ["sign", "verify"],
      true,
      true,
      "a.txt",
      7,
      "text",
      "text/plain",
      "text",
      "DataError",
    ])
  })

  it.each(["new Headers()", "new Response()", "new AbortController()", "new FormData()", "crypto.subtle"])(
    "refuses %s, which is not",
    async (code) => {
      expect(await ask([], `try { structuredClone(${code}) } catch (error) { return error.name }`)).toBe(
        "DataCloneError",
      )
    },
  )
})
