import { randomBytes } from "node:crypto"
import { gzipSync } from "node:zlib"
import { afterEach, describe, expect, test } from "vitest"
import type { CallEgress, HttpContent } from "../../src/ports/http-client.ts"
import { bytesOf, type PublicServer, readText, startPublicServer } from "./public-server.ts"

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function serve(listener: Parameters<typeof startPublicServer>[0]): Promise<PublicServer> {
  const server = await startPublicServer(listener)
  open.push(server)
  return server
}

function iteratorOf(content: HttpContent): AsyncIterator<Uint8Array> {
  if (content instanceof Uint8Array) throw new Error("The content is there whole.")
  return content[Symbol.asyncIterator]()
}

function egressOf(rules: { readonly maxBytesSent?: number; readonly maxBytesReceived?: number }): CallEgress {
  return { grant: { rules }, usage: { requests: 0, bytesSent: 0, bytesReceived: 0 } }
}

const url = "http://api.example/"

describe("an answer", () => {
  test("is there with its headers, its body following chunk by chunk", async () => {
    let end = (): void => {}
    const { begin } = await serve((_request, response) => {
      response.write("first")
      end = () => response.end("last")
    })
    const { status, body } = await begin(url)
    expect(status).toBe(200)
    const chunks = iteratorOf(body)
    expect(String((await chunks.next()).value)).toBe("first")
    end()
    expect(String((await chunks.next()).value)).toBe("last")
    expect((await chunks.next()).done).toBe(true)
  })

  test.each([
    ["plain", "small", {}],
    ["empty", "", {}],
    ["coded", gzipSync("small"), { "content-encoding": "gzip" }],
  ])("comes whole with its headers where it is small: %s", async (_what, sent, headers) => {
    const { begin } = await serve((_request, response) => void response.writeHead(200, headers).end(sent))
    const { body } = await begin(url)
    expect(body).toBeInstanceOf(Uint8Array)
    expect(new TextDecoder().decode(await bytesOf(body))).toBe(sent === "" ? "" : "small")
  })

  test("is decoded chunk by chunk, and breaks off where it would be larger than it may be", async () => {
    const bytes = randomBytes(500_000)
    const coded = gzipSync(bytes)
    const { begin } = await serve((_request, response) => {
      response.setHeader("content-encoding", "gzip").end(coded)
    })
    expect(Buffer.from(await bytesOf((await begin(url)).body)).equals(bytes)).toBe(true)
    const { body } = await begin(url, { maxBytes: 200_000 })
    await expect(bytesOf(body)).rejects.toThrow(`Cannot fetch "${url}": the answer is larger than 200000 bytes.`)
  })

  test("says that it cannot be decompressed where it is read", async () => {
    const { begin } = await serve((_request, response) => {
      response.setHeader("content-encoding", "gzip").end(randomBytes(300_000))
    })
    const { body } = await begin(url)
    await expect(bytesOf(body)).rejects.toThrow("the answer cannot be decompressed")
  })

  test("counts as it is read, and breaks off where the call may receive no more", async () => {
    const { begin } = await serve((_request, response) => void response.end(randomBytes(5_000_000)))
    const egress = egressOf({ maxBytesReceived: 1_000_000 })
    const { body } = await begin(url, { maxBytes: 10_000_000, egress })
    expect(egress.usage.bytesReceived).toBeLessThan(1_000_000)
    await expect(bytesOf(body)).rejects.toThrow("a call may receive 1000000 bytes in all")
  })

  test("closes its connection where the reading ends, or its signal aborts", async () => {
    for (const stop of ["return", "abort"]) {
      let closed: Promise<void> = Promise.resolve()
      const { begin } = await serve((_request, response) => {
        closed = new Promise((resolve) => response.once("close", () => resolve()))
        response.write("first")
      })
      const controller = new AbortController()
      const chunks = iteratorOf((await begin(url, { signal: controller.signal })).body)
      await chunks.next()
      if (stop === "return") await chunks.return?.()
      else {
        const next = chunks.next()
        controller.abort()
        await expect(next).rejects.toMatchObject({ name: "AbortError" })
      }
      await closed
    }
  })
})

describe("a body that comes chunk by chunk", () => {
  async function* chunks(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield new TextEncoder().encode(part)
  }

  test("is sent without a length, and counted as it goes", async () => {
    const { get } = await serve(async (request, response) => {
      const text = await readText(request)
      response.end(`${request.headers["transfer-encoding"]} ${request.headers["content-length"]} ${text}`)
    })
    const egress = egressOf({})
    const { body } = await get(url, { method: "POST", body: chunks("one ", "two"), egress })
    expect(String(Buffer.from(body))).toBe("chunked undefined one two")
    expect(egress.usage.bytesSent).toBeGreaterThan("one two".length)
  })

  test("is not sent on where the call may send no more", async () => {
    const { get } = await serve((request) => void request.on("error", () => {}).resume())
    const large = chunks(...Array<string>(100).fill("x".repeat(10_000)))
    const sending = get(url, { method: "POST", body: large, egress: egressOf({ maxBytesSent: 100_000 }) })
    await expect(sending).rejects.toThrow("a call may send 100000 bytes in all")
  })

  test("cannot be sent with GET", async () => {
    const { get } = await serve((_request, response) => void response.end())
    await expect(get(url, { body: chunks("a") })).rejects.toThrow("a GET request cannot have a body")
  })

  test.each([301, 302, 307, 308])("cannot be sent again after %i", async (status) => {
    const { get } = await serve((request, response) => {
      request.resume().on("end", () => response.writeHead(status, { location: "/next" }).end())
    })
    const reason = "the stream that was its body cannot be sent again"
    await expect(get(url, { method: "POST", body: chunks("a") })).rejects.toThrow(reason)
    const manual = await get(url, { method: "POST", body: chunks("a"), redirect: "manual" })
    expect(manual.status).toBe(status)
  })
})
