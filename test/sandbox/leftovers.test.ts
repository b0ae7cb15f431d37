import { describe, expect, it } from "vitest"
import type { HttpResponse } from "../../src/ports/http-client.ts"
import { HostOperations } from "../../src/sandbox/operations/host-operations.ts"
import { functionOf } from "./reuse.ts"
import { offline, openRuntime, outputOf } from "./sandbox.ts"

interface Sent {
  readonly url: string
  readonly signal: AbortSignal
  readonly answer: () => void
}

const sent: Sent[] = []
const http = {
  ...offline,
  // A client that goes on after it was told to stop, and answers when the test says so.
  fetch: ({ url }: { readonly url: string }, { signal }: { readonly signal: AbortSignal }) =>
    new Promise<HttpResponse>((resolve) => {
      const body = new TextEncoder().encode(`answer to ${url}`)
      const answer = () => resolve({ status: 200, statusText: "", headers: [], body, url, redirected: false })
      sent.push({ url, signal, answer })
    }),
}
const runtime = openRuntime({ http, threads: 1 })
const turns = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

describe.each([
  ["a pristine sandbox", {}],
  ["a kept instance", { maxInstances: 1 }],
])("what a call in %s leaves open", (_, over) => {
  it("is aborted, and what settles later is dropped", async () => {
    const { maxInstances = undefined } = over as { readonly maxInstances?: number }
    const version = maxInstances === undefined ? {} : { maxInstances }
    const { run } = functionOf(
      runtime,
      `async ({ leaves, url }) => {
        count()
        if (leaves) {
          fetch(url).then(() => console.log("settled"), () => {})
          setTimeout(() => console.log("fired"), 1)
          await new Promise((done) => setTimeout(done, 0))
          return calls
        }
        return (await fetch(url)).text()
      }`,
      version,
    )
    sent.length = 0
    const first = await run({ leaves: true, url: "https://example.com/left" })
    expect(outputOf(first)).toBe(1)
    const [left] = sent
    expect(left?.signal.aborted).toBe(true)
    const second = run({ leaves: false, url: "https://example.com/own" })
    while (sent.length < 2) await turns()
    left?.answer()
    await turns()
    sent[1]?.answer()
    const result = await second
    expect([outputOf(result), result.logs]).toEqual(["answer to https://example.com/own", []])
  })
})

describe("a call in a kept instance", () => {
  it("hears of what it left open as it ends, so that nothing of it comes to the next", async () => {
    const { run, output } = functionOf(
      runtime,
      `async (begins) => {
        if (begins) {
          globalThis.shared = fetch("https://example.com/shared")
          globalThis.shared.catch(({ name, message }) => console.log(name + ": " + message))
          globalThis.timer = setInterval(() => console.log("tick"), 1)
          return count()
        }
        clearInterval(globalThis.timer)
        await new Promise((done) => setTimeout(done, 5))
        return [count(), await globalThis.shared.catch(({ name }) => name)]
      }`,
    )
    const { logs } = await run(true)
    expect(logs.map(({ message }) => message)).toEqual([
      "AbortError: The call that began this has ended; give what must go on after the answer to context.waitUntil",
    ])
    expect(await output(false)).toEqual([2, "AbortError"])
  })

  it("has open messages and operations of crypto.subtle dropped with it", async () => {
    const { run } = functionOf(
      runtime,
      `async (n) => {
        const { port1, port2 } = globalThis.channel ??= new MessageChannel()
        if (n === 1) {
          port2.onmessage = ({ data }) => console.log("heard " + data)
          crypto.subtle.generateKey("Ed25519", true, ["sign"]).then(() => console.log("made"), () => {})
        }
        port1.postMessage("of " + n)
        if (n > 1) await new Promise((done) => setTimeout(done, 10))
        return count()
      }`,
    )
    const results = [await run(1), await run(2)]
    expect(results.map(outputOf)).toEqual([1, 2])
    expect(results.map(({ logs }) => logs.map(({ message }) => message))).toEqual([[], ["heard of 2"]])
  })

  it("may begin nothing after its end", async () => {
    const { run } = functionOf(
      runtime,
      `() => {
        const later = async () => {
          for (let index = 0; index < 5; index++) await null
          setTimeout(() => console.log("fired"), 0)
          await fetch("https://example.com/after").catch(({ name }) => console.log(name))
        }
        if (count() === 1) later()
        return calls === 1 ? 1 : new Promise((done) => setTimeout(done, 10, calls))
      }`,
    )
    sent.length = 0
    const results = [await run(), await run()]
    expect(results.map(outputOf)).toEqual([1, 2])
    expect(results.map(({ logs }) => logs.map(({ message }) => message))).toEqual([["AbortError"], []])
    expect(sent).toEqual([])
  })

  it("keeps its answer where its jobs do not end, and its instance is not kept", async () => {
    const { run, output } = functionOf(
      runtime,
      "(hangs) => { if (hangs) Promise.resolve().then(() => { for (;;); }); return count() }",
    )
    expect([await output(), await output()]).toEqual([1, 2])
    expect(outputOf(await run(true))).toBe(3)
    expect(await output()).toBe(1)
  })

  it("is not kept open by a promise that an earlier one gave to waitUntil too late", async () => {
    const { run } = functionOf(
      runtime,
      `(_, { waitUntil }) => {
        if (count() === 1) {
          Promise.resolve().then(() => waitUntil(new Promise((done) => { globalThis.settle = done })))
          return 1
        }
        globalThis.settle()
        waitUntil(new Promise((done) => setTimeout(() => { console.log("waited"); done() }, 5)))
        return calls
      }`,
    )
    const results = [await run(), await run()]
    expect(results.map(outputOf)).toEqual([1, 2])
    expect(results[1]?.logs.map(({ message }) => message)).toEqual(["waited"])
  })
})

describe("the host", () => {
  it("performs nothing in the name of another call", () => {
    const operations = new HostOperations({
      callId: 7,
      owner: "a",
      http: offline,
      settle: () => {},
      pipe: async () => undefined,
    })
    const perform = (op: string, call: unknown) =>
      operations.perform({ op, text: JSON.stringify({ call, id: 1, ms: 60_000 }), bytes: undefined })
    for (const call of [6, 8, "7", undefined]) perform("timer", call)
    expect(operations.size).toBe(0)
    perform("timer", 7)
    perform("timer.cancel", 6)
    expect(operations.size).toBe(1)
    operations.close()
    expect(operations.size).toBe(0)
  })

  it("survives whatever stands in an operation's fields", async () => {
    const operations = new HostOperations({
      callId: 7,
      owner: "a",
      http: offline,
      settle: () => {},
      pipe: async () => undefined,
    })
    const names = [
      "method",
      "url",
      "headers",
      "to",
      "body",
      "codec",
      "format",
      "capability",
      "ms",
      "given",
      "last",
      "whole",
    ]
    const unconvertible = { toString: 1, valueOf: 1 }
    const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`
    const ops = [
      "fetch",
      "fetch.send",
      "fetch.read",
      "fetch.pipe",
      "fetch.abort",
      "codec",
      "codec.drop",
      "capability",
      "subtle",
      "timer",
    ]
    let id = 0
    for (const op of ops) {
      for (const odd of [
        JSON.stringify(unconvertible),
        JSON.stringify([[unconvertible, unconvertible]]),
        deep,
        "null",
      ]) {
        for (const one of names) {
          const text = `{"call":7,"id":${++id},"${one}":${odd}}`
          expect(() => operations.perform({ op, text, bytes: undefined })).not.toThrow()
        }
      }
    }
    await new Promise((done) => setImmediate(done))
    operations.close()
  })

  it("answers nothing any more once the call has ended, not even a chunk that waited to be sent", async () => {
    const settled: string[] = []
    const operations = new HostOperations({
      callId: 7,
      owner: "a",
      http: { ...offline, fetch: () => new Promise(() => {}) },
      settle: ({ head }) => settled.push(head),
      pipe: async () => undefined,
    })
    const perform = (op: string, fields: object, bytes?: Uint8Array) =>
      operations.perform({ op, text: JSON.stringify({ call: 7, ...fields }), bytes })
    perform("fetch", { id: 1, url: "http://service.example/", method: "POST", streamed: true })
    perform("fetch.send", { id: 2, to: 1 }, new Uint8Array(10))
    expect(operations.size).toBe(2)
    operations.close()
    expect(operations.size).toBe(0)
    await new Promise((done) => setImmediate(done))
    expect(settled).toEqual([])
  })
})
