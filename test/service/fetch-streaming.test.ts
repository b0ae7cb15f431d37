import { randomBytes } from "node:crypto"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { InvocationRecord } from "../../src/index.ts"
import { openService } from "./service.ts"

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown

const listeners = new Map<string, Listener>()
let server: Server
let origin = ""
beforeAll(async () => {
  server = createServer((request, response) => {
    response.on("error", () => {})
    listeners.get(request.url ?? "")?.(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const service = openService({ sandbox: { threads: 2 }, egress: { allow: ["127.0.0.0/8"] } })
let deployed = 0

/** Where the server answers so. */
function at(listener: Listener): string {
  const path = `/${listeners.size + 1}`
  listeners.set(path, listener)
  return origin + path
}

async function deploy(source: string, config = {}): Promise<string> {
  const name = `fetching_${++deployed}`
  await service.functions.deploy({ name, source, config })
  return name
}

/** What code answers that has the address as `url`. */
async function ask(url: string, code: string, config = {}): Promise<unknown> {
  const name = await deploy(`export default async (url) => { ${code} }`, config)
  return service.functions.invoke(name, url)
}

/** The response of an http handler that has the address as `url`. */
async function respond(url: string, code: string, config = {}): Promise<Response> {
  const path = `/proxy/${deployed + 1}`
  await deploy(`export default { fetch: async (request) => { const url = "${url}"; ${code} } }`, {
    triggers: [{ type: "http", path, methods: ["GET", "POST"] }],
    ...config,
  })
  return service.functions.fetch(new Request(`http://localhost${path}`))
}

/** Writes without end, as fast as it is read; tells what was written once the connection is gone. */
function endless(chunk = Buffer.alloc(65_536)): { readonly listener: Listener; readonly written: Promise<number> } {
  let tell: (bytes: number) => void
  const written = new Promise<number>((resolve) => {
    tell = resolve
  })
  const listener: Listener = (_request, response) => {
    let bytes = 0
    const more = (): void => {
      if (response.destroyed) return
      bytes += chunk.byteLength
      if (response.write(chunk)) setImmediate(more)
      else response.once("drain", more)
    }
    response.on("close", () => tell(bytes))
    more()
  }
  return { listener, written }
}

describe("the body of an answer", () => {
  it("follows its headers: fetch resolves before it has ended", async () => {
    let end: () => void = () => {}
    const url = at((_request, response) => {
      response.write("first ")
      end = () => response.end("last")
    })
    const waiting = at((_request, response) => {
      end()
      response.end()
    })
    const code = `const response = await fetch(url); await fetch("${waiting}"); return [response.status, await response.text()]`
    expect(await ask(url, code)).toEqual([200, "first last"])
  })

  it("arrives chunk by chunk, each of at most 64 KB, and whole in the end", async () => {
    const bytes = randomBytes(3_000_000)
    const url = at((_request, response) => response.end(bytes))
    const code = `let total = 0; let largest = 0; let sum = 0
      for await (const chunk of (await fetch(url)).body) {
        total += chunk.length; largest = Math.max(largest, chunk.length)
        for (let index = 0; index < chunk.length; index += 1000) sum += chunk[index]
      }
      return [total, largest <= 65536, total > largest]`
    expect(await ask(url, code)).toEqual([3_000_000, true, true])
    expect(await ask(url, "return (await (await fetch(url)).arrayBuffer()).byteLength")).toBe(3_000_000)
  })

  it("is not read from the network while nobody asks for it", async () => {
    const { listener, written } = endless()
    const code = `const reader = (await fetch(url)).body.getReader(); let got = 0
      while (got < 200_000) got += (await reader.read()).value.length
      await new Promise((resolve) => setTimeout(resolve, 300)); return got`
    expect(await ask(at(listener), code)).toBeGreaterThanOrEqual(200_000)
    // What the system's own buffers hold comes on top; an unbounded reader would have taken hundreds of megabytes.
    expect(await written).toBeLessThan(30_000_000)
  })

  it.each([
    ["is cancelled", "await (await fetch(url)).body.cancel(); return 1"],
    ["is read no more by a loop", "for await (const chunk of (await fetch(url)).body) break; return 1"],
    ["is never looked at before the call ends", "await fetch(url); return 1"],
    [
      "has a request whose signal aborts",
      `const controller = new AbortController(); const { body } = await fetch(url, { signal: controller.signal })
      const reader = body.getReader(); await reader.read(); controller.abort(new RangeError("enough"))
      return reader.read().then(() => 0, (error) => error.message === "enough" ? 1 : error.message)`,
    ],
  ])("leaves no connection behind where it %s", async (_what, code) => {
    const { listener, written } = endless()
    expect(await ask(at(listener), code)).toBe(1)
    expect(await written).toBeGreaterThan(0)
  })

  it("leaves no connection behind where the call takes too long", async () => {
    const { listener, written } = endless()
    const name = await deploy(
      "export default async (url) => { await fetch(url); await new Promise(() => setTimeout(() => {}, 60_000)) }",
      { timeout: 3 },
    )
    await expect(service.functions.invoke(name, at(listener))).rejects.toMatchObject({ code: "FN_002" })
    expect(await written).toBeGreaterThan(0)
  })

  it("breaks off for its reader where the connection ends before it does", async () => {
    const url = at((_request, response) => {
      response.writeHead(200, { "content-length": "100" })
      response.write("half", () => response.destroy())
    })
    const reason = `Cannot fetch "${url}": the connection ended before the answer was complete.`
    expect(await ask(url, "return (await fetch(url)).text().catch((error) => [error.name, error.message])")).toEqual([
      "TypeError",
      reason,
    ])
  })

  it("is larger than what can be read whole only as a stream", async () => {
    const url = at((_request, response) => response.end(Buffer.alloc(11_000_000)))
    expect(await ask(url, "return (await fetch(url)).text().catch((error) => error.message)")).toBe(
      "Cannot read the body whole: it is larger than 10485760 bytes; read its stream.",
    )
    const code = "let total = 0; for await (const { length } of (await fetch(url)).body) total += length; return total"
    expect(await ask(url, code)).toBe(11_000_000)
  })

  it("is decoded as it is read: what would be huge stays bounded", async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000))
    const url = at((_request, response) => response.setHeader("content-encoding", "gzip").end(bomb))
    const before = process.memoryUsage().rss
    const code = `const reader = (await fetch(url)).body.getReader(); let got = 0
      while (got < 1_000_000) got += (await reader.read()).value.length; await reader.cancel(); return got`
    expect(await ask(url, code)).toBeLessThan(1_100_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
  })

  it("lets other calls run on the same threads while the rest of it is waited for", async () => {
    const held: ServerResponse[] = []
    const url = at((_request, response) => {
      response.write("a")
      held.push(response)
      if (held.length === 40) for (const each of held) each.end("b")
    })
    const name = await deploy("export default async (url) => (await fetch(url)).text()")
    const answers = await Promise.all(Array.from({ length: 40 }, () => service.functions.invoke(name, url)))
    expect(new Set(answers)).toEqual(new Set(["ab"]))
  })

  it("gives way, where a call leaves more than a hundred unread, to the later ones", async () => {
    const url = at((_request, response) => {
      response.write("open")
    })
    const code = `const answers = []; for (let n = 0; n < 101; n++) answers.push(await fetch(url))
      const read = (response) => response.body.getReader().read().then(() => "read", (error) => error.message)
      return [await read(answers[0]), await read(answers[1]), await read(answers[100])]`
    expect(await ask(url, code)).toEqual([expect.stringContaining("100 answers unread"), "read", "read"])
  })
})

describe("a body that a function streams to a server", () => {
  const half = `method: "POST", duplex: "half"`

  it("is sent as it is produced", async () => {
    let end: () => void = () => {}
    const seen: string[] = []
    const url = at(async (request, response) => {
      for await (const chunk of request) {
        seen.push(String(chunk))
        end()
      }
      response.end(`${request.headers["transfer-encoding"]} ${request.headers["content-length"]} ${seen.join("|")}`)
    })
    const noticed = at((_request, response) => {
      if (seen.length > 0) response.end()
      else end = () => response.end()
    })
    const code = `const text = new TextEncoder()
      const body = new ReadableStream({ async start(controller) {
        controller.enqueue(text.encode("one")); await fetch("${noticed}")
        controller.enqueue(text.encode("two")); controller.close()
      } })
      return (await fetch(url, { ${half}, body })).text()`
    expect(await ask(url, code)).toBe("chunked undefined one|two")
  })

  it("may wait for another request, however many are sent at once", async () => {
    const part = at((_request, response) => response.end("part"))
    const url = at(async (request, response) => {
      let text = ""
      for await (const chunk of request) text += chunk
      response.end(text)
    })
    const code = `const send = async () => {
        const body = new ReadableStream({
          async pull(controller) {
            controller.enqueue(new TextEncoder().encode(await (await fetch("${part}")).text()))
            controller.close()
          },
        })
        return (await fetch(url, { method: "POST", body, duplex: "half" })).text()
      }
      return Promise.all(Array.from({ length: 30 }, send))`
    expect(await ask(url, code)).toEqual(Array(30).fill("part"))
  })

  it("is produced no faster than the server takes it", async () => {
    const url = at((request) => void request.on("error", () => {}).pause())
    const code = `let made = 0; const controller = new AbortController()
      const body = new ReadableStream({ pull(source) { made += 65536; source.enqueue(new Uint8Array(65536)) } })
      const sending = fetch(url, { ${half}, body, signal: controller.signal }).catch((error) => error.name)
      await new Promise((resolve) => setTimeout(resolve, 500)); controller.abort(); return [await sending, made]`
    const [name, made] = (await ask(url, code)) as [string, number]
    expect(name).toBe("AbortError")
    expect(made).toBeLessThan(30_000_000)
  })

  it("arrives whole, whatever its size", async () => {
    const url = at(async (request, response) => {
      let bytes = 0
      for await (const chunk of request) bytes += chunk.length
      response.end(String(bytes))
    })
    const code = `let left = 50; const body = new ReadableStream({ pull(controller) {
        if (left-- === 0) controller.close(); else controller.enqueue(new Uint8Array(100_000)) } })
      return (await fetch(url, { ${half}, body })).text()`
    expect(await ask(url, code)).toBe("5000000")
  })

  it("cannot follow a redirect, but one that changes to GET", async () => {
    const target = at((request, response) => response.end(request.method))
    const sent = `const body = new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array(3)); controller.close() } })
      return fetch(url, { ${half}, body }).then((response) => response.text(), (error) => error.message)`
    const redirect = (status: number) =>
      at((request, response) => {
        request.resume().on("end", () => response.writeHead(status, { location: target }).end())
      })
    expect(await ask(redirect(303), sent)).toBe("GET")
    for (const status of [301, 307]) {
      const reason = "it redirects, and the stream that was its body cannot be sent again."
      expect(await ask(redirect(status), sent)).toContain(reason)
    }
  })

  it("is cancelled, and the connection closed, where it fails, or the request is aborted", async () => {
    const closed: Promise<unknown>[] = []
    let answer: () => void = () => {}
    const url = at((request) => {
      closed.push(new Promise((resolve) => request.socket.once("close", resolve)))
      request.on("error", () => {}).resume()
      answer()
    })
    // Answers once so many requests have come there.
    const arrived = (count: number) =>
      at((_request, response) => {
        answer = () => closed.length === count && response.end()
        answer()
      })
    const failing = `const body = new ReadableStream({ async pull(controller) {
        if (this.sent) throw new RangeError("no more"); this.sent = true; controller.enqueue(new Uint8Array(10))
        await fetch("${arrived(1)}") } })
      return fetch(url, { ${half}, body }).catch((error) => [error.name, error.cause?.message])`
    expect(await ask(url, failing)).toEqual(["TypeError", "no more"])
    const aborted = `let reason; const body = new ReadableStream({
        start(controller) { controller.enqueue(new Uint8Array(10)) }, cancel(why) { reason = why.name } })
      const controller = new AbortController()
      const sending = fetch(url, { ${half}, body, signal: controller.signal }).catch((error) => [error.name, reason])
      await fetch("${arrived(2)}"); controller.abort(); return sending`
    expect(await ask(url, aborted)).toEqual(["AbortError", "AbortError"])
    expect(closed.length).toBe(2)
    await Promise.all(closed)
  })

  it("counts against what the call may send, byte by byte", async () => {
    const url = at((request, response) => {
      request
        .on("error", () => {})
        .resume()
        .on("end", () => response.end("all"))
    })
    const code = `let left = 20; const body = new ReadableStream({ pull(controller) {
        if (left-- === 0) controller.close(); else controller.enqueue(new Uint8Array(10_000)) } })
      return fetch(url, { ${half}, body }).then((response) => response.text(), (error) => error.message)`
    const name = await deploy(`export default async (url) => { ${code} }`)
    const { output, egress } = await service.functions.run(name, url)
    expect(output).toBe("all")
    expect(egress?.bytesSent).toBeGreaterThan(200_000)
    expect(egress?.bytesSent).toBeLessThan(201_000)
  })
})

describe("a function that proxies", () => {
  it.each([
    ["the response of fetch itself", "return fetch(url)"],
    ["a response with its body", "return new Response((await fetch(url)).body)"],
    ["its body through a transform", "return new Response((await fetch(url)).body.pipeThrough(new TransformStream()))"],
  ])("streams %s through as it comes, without collecting it", async (_what, code) => {
    let end: () => void = () => {}
    const bytes = randomBytes(20_000_000)
    const url = at((_request, response) => {
      response.write(bytes.subarray(0, 100_000))
      end = () => response.end(bytes.subarray(100_000))
    })
    const response = await respond(url, code, { memory: 16 })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    const received: Uint8Array[] = []
    let total = 0
    while (total < 100_000) {
      const { value } = await reader.read()
      total += value?.byteLength ?? 0
      received.push(value as Uint8Array)
    }
    end()
    for (let next = await reader.read(); !next.done; next = await reader.read()) received.push(next.value)
    const whole = Buffer.concat(received)
    expect(whole.byteLength).toBe(bytes.byteLength)
    expect(whole.findIndex((byte, index) => byte !== bytes[index])).toBe(-1)
    expect(whole.equals(bytes)).toBe(true)
  })

  it("takes no more from the server than its own reader takes, and lets go where the reader goes away", async () => {
    const { listener, written } = endless()
    const response = await respond(at(listener), "return fetch(url)")
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 200))
    await reader.cancel()
    expect(await written).toBeLessThan(30_000_000)
  })

  it("breaks its own answer off where the server breaks off, and the record says why", async () => {
    const ended = new Promise<InvocationRecord>((resolve) => {
      const stop = service.functions.on("invocation.finished", (fact) => {
        stop()
        resolve(fact)
      })
    })
    const url = at((_request, response) => {
      response.writeHead(200, { "content-length": "1000000" })
      response.write("half")
      setTimeout(() => response.destroy(), 50)
    })
    const response = await respond(url, "return fetch(url)")
    await expect(response.arrayBuffer()).rejects.toThrow("the connection ended before the answer was complete")
    expect(await ended).toMatchObject({ status: "failed", error: { code: "FN_004", name: "TypeError" } })
  })

  it("sends a small answer on whole", async () => {
    const response = await respond(
      at((_request, response) => response.end("small")),
      "return fetch(url)",
    )
    expect([response.headers.get("content-length"), await response.text()]).toEqual(["5", "small"])
  })

  it("streams an answer to another server", async () => {
    const bytes = randomBytes(2_000_000)
    const from = at((_request, response) => response.end(bytes))
    const to = at(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      response.end(String(Buffer.concat(chunks).equals(bytes)))
    })
    const code = `return (await fetch("${to}", { method: "PUT", duplex: "half", body: (await fetch(url)).body })).text()`
    expect(await ask(from, code)).toBe("true")
  })
})
