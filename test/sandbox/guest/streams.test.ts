import { describe, expect, it } from "vitest"
import { createGuest } from "./harness.ts"

/** What a handler that waits for streams answers. */
function run(code: string): unknown {
  return createGuest().load(`export default async () => { ${code} }`).start().output()
}

function respond(code: string, body?: string): ReturnType<typeof createGuest> {
  const request = { method: "POST", url: "http://localhost/", headers: [] as [string, string][] }
  const guest = createGuest().load(`export default { fetch: async (request) => { ${code} } }`)
  return guest.start({ kind: "http", request, ...(body === undefined ? {} : { body }) })
}

const numbers = `const numbers = new ReadableStream({
  start(controller) { for (const n of [1, 2, 3]) controller.enqueue(n); controller.close() }
})`
const bytes = `const bytes = (...parts) => ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)))`

describe("Streams", () => {
  it("are read by iteration, and pass through transforms", () => {
    const code = `${numbers}
      const doubled = numbers.pipeThrough(new TransformStream({ transform(n, controller) { controller.enqueue(n * 2) } }))
      const out = []; for await (const n of doubled) out.push(n); return out`
    expect(run(code)).toEqual([2, 4, 6])
  })

  it("have iterators that inherit from the language's own", () => {
    const code = `const above = (object, times) => times === 0 ? object : above(Object.getPrototypeOf(object), times - 1)
      return above(new ReadableStream().values(), 2) === above((async function* () {}).prototype, 2)`
    expect(run(code)).toBe(true)
  })

  it("are written with back pressure, and say when they failed", () => {
    const code = `const seen = []
      const sink = new WritableStream({ write(chunk) { if (chunk === 2) throw new RangeError("no"); seen.push(chunk) } })
      const writer = sink.getWriter(); const before = writer.desiredSize
      await writer.write(1); const failed = await writer.write(2).catch((error) => error.name)
      return [seen, before, failed, await writer.closed.catch((error) => error.message)]`
    expect(run(code)).toEqual([[1], 1, "RangeError", "no"])
  })

  it("fill a buffer that the reader brings", () => {
    const code = `const source = new Response("hello").body.getReader({ mode: "byob" })
      const { value } = await source.read(new Uint8Array(3)); return [...value]`
    expect(run(code)).toEqual([104, 101, 108])
  })

  it("have the names and tags of web interfaces", () => {
    const code = `const names = ["ReadableStream", "WritableStream", "TransformStream", "TextEncoderStream", "CountQueuingStrategy"]
      return names.map((name) => [globalThis[name].name === name, globalThis[name].prototype[Symbol.toStringTag] === name,
        Object.keys(Object.getOwnPropertyDescriptors(globalThis)).includes(name), Object.keys(globalThis).includes(name)])`
    expect(run(code)).toEqual(Array(5).fill([true, true, true, false]))
  })

  it("carry characters whose bytes come apart", () => {
    const code = `const coded = []
      for await (const part of ReadableStream.from(["a\\ud83d", "\\ude00", "\\ud83d"]).pipeThrough(new TextEncoderStream())) coded.push(...part)
      const parts = ReadableStream.from(coded.map((byte) => Uint8Array.of(byte)))
      let text = ""; for await (const part of parts.pipeThrough(new TextDecoderStream())) text += part
      return [coded, text]`
    expect(run(code)).toEqual([[97, 240, 159, 152, 128, 239, 191, 189], "a😀�"])
  })

  it("tell of bytes that are not valid where they are to be fatal", () => {
    const code = `const decoder = new TextDecoderStream("utf-8", { fatal: true })
      const broken = ReadableStream.from([Uint8Array.of(0xff)]).pipeThrough(decoder)
      return [decoder.fatal, await broken.getReader().read().catch((error) => error.name)]`
    expect(run(code)).toEqual([true, "TypeError"])
  })
})

describe("A body that is a stream", () => {
  it.each([
    ["text()", "hello"],
    ["json().catch((error) => error.name)", "SyntaxError"],
    ["bytes().then((bytes) => bytes.length)", 5],
    ["arrayBuffer().then((buffer) => buffer.byteLength)", 5],
    ["clone().text()", "hello"],
  ])("is read by %s", (call, expected) => {
    const code = `${bytes}; const response = new Response(bytes("hel", "lo")); const read = await response.${call}; return read`
    expect(run(code)).toEqual(expected)
  })

  it("is read through both copies of a clone", () => {
    const code = `${bytes}; const one = new Response(bytes("a", "b")); const two = one.clone()
      return [await one.text(), await two.text(), one.bodyUsed, two.bodyUsed]`
    expect(run(code)).toEqual(["ab", "ab", true, true])
  })

  it("is used once something was read, and can't be read while it has a reader", () => {
    const code = `const response = new Response("x"); const before = response.bodyUsed
      const reader = response.body.getReader(); const locked = response.bodyUsed
      const refused = await response.text().catch((error) => error.message)
      const first = await reader.read(); return [before, locked, refused, [...first.value], response.bodyUsed]`
    const refusal = "Cannot read the body: its stream is locked; release the reader that it has"
    expect(run(code)).toEqual([false, false, refusal, [120], true])
  })

  it("shows that it was read before it was asked for", () => {
    const code = `const response = new Response("x"); await response.text()
      return [response.bodyUsed, response.body.locked, response.bodyUsed]`
    expect(run(code)).toEqual([true, true, true])
  })

  it("gives bytes alone", () => {
    const code = `const response = new Response(ReadableStream.from(["text"])); return response.text().catch((error) => [error.name, error.message])`
    expect(run(code)).toEqual(["TypeError", "Cannot read the body: its stream gave what is no Uint8Array"])
  })

  it("is handed from a request to another, which alone can read it", () => {
    const code = `${bytes}; const init = { method: "POST", duplex: "half", body: bytes("a", "b") }
      const first = new Request("http://x/", init); const second = new Request(first)
      return [first.bodyUsed, await second.text(), await first.text().catch((error) => error.name)]`
    expect(run(code)).toEqual([true, "ab", "TypeError"])
  })

  it("is sent by a request that says it is half duplex", () => {
    const code = `${bytes}; try { new Request("http://x/", { method: "POST", body: bytes("a") }) } catch (error) { return error.message }`
    expect(run(code)).toBe('Cannot send a stream as the body: add the option duplex: "half"')
  })

  it("is read to its end before the response goes out", () => {
    const code = `${bytes}; return new Response(bytes("a", "b", "c"), { status: 201 })`
    expect(respond(code).response()).toMatchObject({ status: 201, body: "abc" })
  })

  it("goes out as it came where a request's body is the answer", () => {
    const code = "return new Response(request.body.pipeThrough(new TransformStream()))"
    expect(respond(code, "hello").response().body).toBe("hello")
  })

  it("fails the call where it fails", () => {
    const code = `return new Response(new ReadableStream({ pull() { throw new RangeError("broken source") } }))`
    expect(respond(code).failure()).toMatchObject({ name: "RangeError", message: "broken source" })
  })

  it("is read to its end for an event handler's response too", () => {
    const guest = createGuest().load(`export default async () => { ${bytes}; return new Response(bytes("a", "b")) }`)
    expect(guest.start().response().body).toBe("ab")
  })
})

describe("fetch with a stream as the body", () => {
  const fetching = (code: string): ReturnType<typeof createGuest> =>
    createGuest().load(`export default async () => { ${bytes}; ${code} }`).start()

  const sent = (guest: ReturnType<typeof createGuest>): (string | boolean)[] =>
    guest.named("fetch.send").map(({ text, bytes }) => {
      const { last, to } = JSON.parse(text ?? "")
      expect(to).toBe(1)
      return last ?? new TextDecoder().decode(bytes)
    })
  const room = (guest: ReturnType<typeof createGuest>, ok = true): void => {
    const { id } = JSON.parse(guest.named("fetch.send").at(-1)?.text ?? "")
    guest.settle({ id, ok, ...(ok ? {} : { error: { name: "TypeError", message: "no more" } }) })
  }

  it("sends each chunk when the host has room for it, and gives the answer as a stream", () => {
    const guest = fetching(`const init = { method: "POST", duplex: "half", body: bytes("a", "b") }
      const response = await fetch("http://x/", init); const out = []
      for await (const part of response.body) out.push(...part)
      return out`)
    expect(guest.json("fetch")).toEqual([expect.objectContaining({ id: 1, streamed: true })])
    expect(sent(guest)).toEqual(["a"])
    room(guest)
    expect(sent(guest)).toEqual(["a", "b"])
    room(guest)
    expect(sent(guest)).toEqual(["a", "b", true])
    guest.settle({ id: 1, ok: true, status: 200, headers: [] }, Uint8Array.of(1, 2))
    expect(guest.output()).toEqual([1, 2])
  })

  it("sends chunks of at most 64 KB", () => {
    const guest = fetching(`const body = ReadableStream.from([new Uint8Array(150_000)])
      return (await fetch("http://x/", { method: "POST", duplex: "half", body })).status`)
    room(guest)
    room(guest)
    room(guest)
    expect(guest.named("fetch.send").map(({ bytes }) => bytes?.byteLength)).toEqual([65_536, 65_536, 18_928, undefined])
  })

  it("ends the request where the stream fails", () => {
    const guest = fetching(`const body = new ReadableStream({ pull() { throw new RangeError("broken") } })
      return fetch("http://x/", { method: "POST", duplex: "half", body }).catch((error) => [error.name, error.cause.message])`)
    expect(guest.json("fetch.abort")).toEqual([{ id: 1 }])
    expect(guest.output()).toEqual(["TypeError", "broken"])
  })

  it("ends the request where the stream fails after the answer came", () => {
    const guest =
      fetching(`let fail; const body = new ReadableStream({ start(controller) { fail = () => controller.error(new RangeError("broken")) } })
      const { status } = await fetch("http://x/", { method: "POST", duplex: "half", body }); fail(); return status`)
    guest.settle({ id: 1, ok: true, status: 200, headers: [] }, new Uint8Array())
    expect(guest.json("fetch.abort")).toEqual([{ id: 1 }])
    expect(guest.output()).toBe(200)
  })

  it("cancels the stream where it is aborted before the stream has ended", () => {
    const guest = fetching(`const controller = new AbortController(); let cancelled = "no"
      const body = new ReadableStream({ cancel(reason) { cancelled = reason } })
      const sending = fetch("http://x/", { method: "POST", duplex: "half", body, signal: controller.signal })
      controller.abort("enough"); return [await sending.catch((reason) => reason), cancelled]`)
    expect(guest.output()).toEqual(["enough", "enough"])
    expect(guest.json("fetch.abort")).toEqual([{ id: 1 }])
  })

  it("cancels the stream where the request fails, and where the server wants no more of it", () => {
    const code = `let cancelled = "no"; const body = new ReadableStream({
        pull(controller) { controller.enqueue(new Uint8Array(1)) }, cancel(reason) { cancelled = reason.message } })
      const status = await fetch("http://x/", { method: "POST", duplex: "half", body })
        .then((response) => response.status, (error) => error.message)
      await new Promise((resolve) => setTimeout(resolve)); return [status, cancelled]`
    const failed = fetching(code).settle({ id: 1, ok: false, error: { name: "TypeError", message: "refused" } })
    failed.settle({ id: (failed.json("timer")[0] as { id: number }).id, ok: true })
    expect(failed.output()).toEqual(["refused", "refused"])
    const full = fetching(code)
    room(full, false)
    full.settle({ id: 1, ok: true, status: 413, headers: [] }, new Uint8Array())
    full.settle({ id: (full.json("timer")[0] as { id: number }).id, ok: true })
    expect(full.output()).toEqual([413, "no more"])
  })
})

describe("An answer whose body the host holds", () => {
  const answered = (code: string): ReturnType<typeof createGuest> =>
    createGuest()
      .load(`export default async () => { ${code} }`)
      .start()
      .settle({ id: 1, ok: true, status: 200, headers: [], streamed: true })
  const reads = (guest: ReturnType<typeof createGuest>): { id: number; body: number; whole?: boolean }[] =>
    guest.json("fetch.read") as { id: number; body: number; whole?: boolean }[]
  const read = (guest: ReturnType<typeof createGuest>, bytes: readonly number[] | undefined): void => {
    const id = reads(guest).at(-1)?.id
    guest.settle({ id, ok: true, ...(bytes ? {} : { last: true }) }, bytes && Uint8Array.from(bytes))
  }

  it("is read whole at once by a method, without streams", () => {
    const guest = answered(`return (await (await fetch("http://x/")).text())`)
    expect(reads(guest)).toEqual([{ id: 2, body: 1, whole: true }])
    expect(guest.evaluate("'get' in Object.getOwnPropertyDescriptor(globalThis, 'ReadableStream')")).toBe(true)
    read(guest, [104, 105])
    expect(guest.output()).toBe("hi")
  })

  it("is asked for chunk by chunk, and only when its reader asks", () => {
    const guest = answered(`const { body } = await fetch("http://x/"); const reader = body.getReader()
      await new Promise((resolve) => setTimeout(resolve)); const out = []
      for (;;) { const { done, value } = await reader.read(); if (done) return out; out.push(...value) }`)
    expect(reads(guest)).toEqual([])
    guest.settle({ id: 2, ok: true })
    expect(reads(guest)).toEqual([{ id: 3, body: 1 }])
    read(guest, [1, 2])
    read(guest, [3])
    read(guest, undefined)
    expect(guest.output()).toEqual([1, 2, 3])
  })

  it("breaks off where the signal aborts: for who waits for a chunk, and for who reads later", () => {
    for (const reading of ["response.body.getReader().read()", "response.text()"]) {
      const guest = answered(`const controller = new AbortController()
        const response = await fetch("http://x/", { signal: controller.signal }); const waiting = ${reading}
        controller.abort("enough"); return [await waiting.catch((reason) => reason)]`)
      expect(guest.output()).toEqual(["enough"])
      expect(guest.json("fetch.abort")).toEqual([{ id: 1 }])
    }
    const later = answered(`const controller = new AbortController()
      const response = await fetch("http://x/", { signal: controller.signal }); const copy = response.clone()
      controller.abort("enough"); return [await response.text().catch((reason) => reason), await copy.text().catch((reason) => reason)]`)
    expect(later.output()).toEqual(["enough", "enough"])
  })

  it("fails for its reader where the connection does", () => {
    const guest = answered(`const { body } = await fetch("http://x/")
      return body.getReader().read().catch((error) => [error.name, error.message])`)
    guest.settle({ id: 2, ok: false, error: { name: "TypeError", message: "the connection ended" } })
    expect(guest.output()).toEqual(["TypeError", "the connection ended"])
  })

  it("is given up on where its stream is cancelled", () => {
    const guest = answered(`await (await fetch("http://x/")).body.cancel("enough"); return 1`)
    expect(guest.json("fetch.abort")).toEqual([{ id: 1 }])
    expect(guest.output()).toBe(1)
  })

  it("fills a buffer that the reader brings", () => {
    const guest = answered(`const reader = (await fetch("http://x/")).body.getReader({ mode: "byob" })
      const first = await reader.read(new Uint8Array(2)); const second = await reader.read(new Uint8Array(2))
      const third = await reader.read(new Uint8Array(2)); return [[...first.value], [...second.value], third.done]`)
    read(guest, [1, 2, 3])
    read(guest, undefined)
    expect(guest.output()).toEqual([[1, 2], [3], true])
  })

  it("is no body at all for HEAD, nor with a status that has none", () => {
    const head = createGuest()
      .load(`export default async () => (await fetch("http://x/", { method: "HEAD" })).body`)
      .start()
    expect(head.settle({ id: 1, ok: true, status: 200, headers: [] }, new Uint8Array()).output()).toBe(null)
    const empty = createGuest().load(`export default async () => (await fetch("http://x/")).body`).start()
    expect(empty.settle({ id: 1, ok: true, status: 304, headers: [] }, new Uint8Array()).output()).toBe(null)
  })
})
