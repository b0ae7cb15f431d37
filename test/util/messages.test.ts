import { expect, test } from "vitest"
import { knownBodyOf, toKnownResponse } from "../../src/util/known-response.ts"
import { hasBody, LentRequest, takeBody } from "../../src/util/lent-request.ts"

const headers = { "content-type": "application/json" }
const bytes = new TextEncoder().encode('{"täxt":1}')

test.each(["text", "json", "arrayBuffer", "blob"] as const)(
  "%s() of a known response reads what a Response reads",
  async (read) => {
    for (const body of ['{"täxt":1}', bytes]) {
      const known = toKnownResponse(body, { headers })
      expect(await known[read]()).toEqual(await new Response(body, { headers })[read]())
      expect(known.bodyUsed).toBe(true)
      expect(knownBodyOf(known)).toBeUndefined()
      await expect(known[read]()).rejects.toThrow(TypeError)
    }
  },
)

test("text that changes when it is sent is read as it is sent", async () => {
  for (const text of ["\ufeffmarked", "half \ud800", "whole 😀"]) {
    expect(await toKnownResponse(text, { headers }).text()).toBe(await new Response(text).text())
  }
})

test("a known response is a Response with a stream, once somebody asks for it", async () => {
  const known = toKnownResponse("text", { status: 201, headers })
  const twin = known.clone()
  expect(known).toBeInstanceOf(Response)
  expect([known.status, known.headers.get("content-type"), known.bodyUsed]).toEqual([201, "application/json", false])
  expect(knownBodyOf(known)).toBeUndefined()
  expect(await new Response(known.body).text()).toBe("text")
  expect(await twin.text()).toBe("text")
  expect([twin.status, known.bodyUsed]).toEqual([201, true])
})

/** A request whose body has come in two chunks. */
function lend() {
  const controller = new AbortController()
  let signals = 0
  const chunks = [bytes.slice(0, 4), bytes.slice(4)]
  const request = new LentRequest("http://localhost/path", {
    method: "POST",
    headers: new Headers(headers),
    makeBody: () => ({
      read: async (take) => void chunks.every(take),
      toStream: () => new Blob(chunks).stream(),
    }),
    makeSignal() {
      signals++
      return controller.signal
    },
  })
  return { request, controller, signals: () => signals }
}

test.each(["text", "json", "arrayBuffer", "blob"] as const)(
  "%s() of a lent request reads what a Request reads",
  async (read) => {
    const { request } = lend()
    const same = new Request("http://localhost/path", { method: "POST", headers, body: bytes })
    expect([hasBody(request), request.bodyUsed]).toEqual([true, false])
    expect(await request[read]()).toEqual(await same[read]())
    expect(takeBody(request)).toBeUndefined()
    await expect(request[read]()).rejects.toThrow(TypeError)
  },
)

test("the body of a lent request is read directly once, and not where somebody has its stream", async () => {
  const { request } = lend()
  const read: Uint8Array[] = []
  await takeBody(request)?.((chunk) => read.push(chunk) > 0)
  expect(Buffer.concat(read)).toEqual(Buffer.from(bytes))
  expect([takeBody(request), request.bodyUsed]).toEqual([undefined, true])
  await expect(request.text()).rejects.toThrow(TypeError)

  const other = lend().request
  expect(await new Response(other.body).text()).toBe('{"täxt":1}')
  expect(takeBody(other)).toBeUndefined()
})

test("a lent request can be cloned, and its signal is made once, when somebody asks for it", async () => {
  const { request, controller, signals } = lend()
  expect([request.method, request.url, signals()]).toEqual(["POST", "http://localhost/path", 0])
  const twin = request.clone()
  controller.abort()
  expect([request.signal.aborted, twin.signal.aborted, signals()]).toEqual([true, true, 1])
  expect([await twin.text(), await request.text()]).toEqual(['{"täxt":1}', '{"täxt":1}'])
})

test("a lent request without a body is like any other without one", async () => {
  const makeSignal = () => new AbortController().signal
  const request = new LentRequest("http://localhost/", {
    method: "GET",
    headers: new Headers(),
    makeBody: () => null,
    makeSignal,
  })
  expect([hasBody(request), request.body, request.bodyUsed, await request.text()]).toEqual([false, null, false, ""])
})
