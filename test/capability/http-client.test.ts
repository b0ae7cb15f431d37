import { once } from "node:events"
import { type AddressInfo, createServer, type Server } from "node:net"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import { afterEach, describe, expect, test } from "vitest"
import { type PublicServer, type PublicServerOptions, readText, startPublicServer, textOf } from "./public-server.ts"

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function serve(
  listener: Parameters<typeof startPublicServer>[0] = (_request, response) => void response.end("public"),
  options?: PublicServerOptions,
): Promise<PublicServer> {
  const server = await startPublicServer(listener, options)
  open.push(server)
  return server
}

async function portWithoutServer(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

async function serveRaw(answer: string): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {})
    socket.once("data", () => socket.end(answer))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) })
  return (server.address() as AddressInfo).port
}

describe("a request to a public address", () => {
  test("gives status, headers, body and address of the answer", async () => {
    const { get, connected } = await serve((_request, response) => {
      response.writeHead(418, "Short and stout", { "X-One": "1", "set-cookie": ["a=1", "b=2"] })
      response.end("tea")
    })
    const response = await get("http://api.example/pot?size=2#top")
    expect(response).toMatchObject({ status: 418, statusText: "Short and stout", redirected: false })
    expect(response.url).toBe("http://api.example/pot?size=2")
    expect(textOf(response)).toBe("tea")
    expect(response.headers).toContainEqual(["x-one", "1"])
    expect(response.headers.filter(([name]) => name === "set-cookie")).toEqual([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ])
    expect(connected).toEqual(["93.184.216.34"])
  })

  test("brings method, headers and body to the server", async () => {
    const { get } = await serve(async (request, response) => {
      const { method, url, headers } = request
      response.end(JSON.stringify({ method, url, headers, body: await readText(request) }))
    })
    const response = await get("http://api.example/items?a=%20b", {
      method: "post",
      headers: [
        ["Content-Type", "text/plain"],
        ["X-Twice", "1"],
        ["X-Twice", "2"],
      ],
      body: new TextEncoder().encode("hello"),
    })
    const sent = JSON.parse(textOf(response))
    expect(sent).toMatchObject({ method: "POST", url: "/items?a=%20b", body: "hello" })
    expect(sent.headers).toMatchObject({
      host: "api.example",
      "content-type": "text/plain",
      "content-length": "5",
      "x-twice": "1, 2",
      accept: "*/*",
      "user-agent": "inlay",
    })
  })

  test("never sends headers that belong to the connection, whatever the author says", async () => {
    const { get } = await serve((request, response) => void response.end(JSON.stringify(request.headers)))
    const names = ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer"]
    names.push("Upgrade", "Expect", "Proxy-Authorization", "Proxy-Connection", "HTTP2-Settings")
    const headers = names.map((name) => [name, "7"] as const)
    const sent = JSON.parse(textOf(await get("http://api.example/", { headers })))
    expect(sent.host).toBe("api.example")
    expect(sent.connection).toBe("keep-alive")
    for (const name of names.slice(1)) expect(sent[name.toLowerCase()], name).not.toBe("7")
  })

  test("sends user name and password of the address as authorization, and shows them nowhere", async () => {
    const { get } = await serve((request, response) => void response.end(request.headers.authorization))
    const response = await get("http://user:p%40ss@api.example/")
    expect(textOf(response)).toBe(`Basic ${Buffer.from("user:p@ss").toString("base64")}`)
    expect(response.url).toBe("http://api.example/")
    await expect(get("ftp://user:secret@api.example/")).rejects.toThrow(/^Cannot fetch "ftp:\/\/api.example\/":/)
  })

  test("reads header values as one character per byte", async () => {
    const port = await serveRaw("HTTP/1.1 200 OK\r\nx-name: \xc3\xa9\r\nconnection: close\r\n\r\nok")
    const { get } = await serve(undefined, { ports: { "93.184.216.34": port } })
    expect((await get("http://api.example/")).headers).toContainEqual(["x-name", "\xc3\x83\xc2\xa9"])
  })

  test("uses one connection for requests that follow each other", async () => {
    const { get, connected, resolved } = await serve()
    await get("http://api.example/1")
    // undici leaves a connection alone for one turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    await get("http://api.example/2")
    expect(connected).toHaveLength(1)
    expect(resolved).toHaveLength(1)
  })
})

describe("an address that is not public", () => {
  test.each([
    "http://127.0.0.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://[::1]:8080/",
    "http://[::ffff:127.0.0.1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://a.localhost/",
    "http://１２７.0.0.1/",
  ])("is refused where it is written as %s", async (url) => {
    const { get, connected } = await serve()
    await expect(get(url)).rejects.toThrow(new TypeError(`Cannot fetch "${url}": the address is not public.`))
    expect(connected).toEqual([])
  })

  test.each([
    [["10.0.0.5"]],
    [["93.184.216.34", "127.0.0.1"]],
    [["93.184.216.34", "fe80::1%eth0"]],
    [["::ffff:10.0.0.5"]],
    [["not an address"]],
  ])("is refused where a name resolves to %j, without telling the address", async (addresses) => {
    const { get, connected } = await serve(undefined, { names: { "evil.example": addresses } })
    const message = 'Cannot fetch "http://evil.example/": the address is not public.'
    await expect(get("http://evil.example/")).rejects.toThrow(new TypeError(message))
    expect(connected).toEqual([])
  })

  test("is refused where a second lookup gives it, and only checked answers are connected to", async () => {
    const answers = [["93.184.216.34"], ["10.0.0.1"]]
    const server = await serve((_request, response) => void response.writeHead(200, { connection: "close" }).end(), {
      names: {
        get "rebind.example"() {
          return answers.shift() ?? []
        },
      },
    })
    await server.get("http://rebind.example/")
    await expect(server.get("http://rebind.example/")).rejects.toThrow("the address is not public.")
    expect(server.connected).toEqual(["93.184.216.34"])
    expect(server.resolved).toHaveLength(2)
  })
})

describe("a request that cannot be sent", () => {
  test.each([
    ["file:///etc/passwd", "only http: and https: addresses can be fetched."],
    ["wss://api.example/", "only http: and https: addresses can be fetched."],
    ["http://api.example:25/", "port 25 belongs to another protocol."],
    ["http://api.example:0/", "port 0 belongs to another protocol."],
    ["/relative", "the address is not a URL."],
    ["http://4294967296/", "the address is not a URL."],
  ])("to %s is refused", async (url, reason) => {
    const { get, resolved } = await serve()
    await expect(get(url)).rejects.toThrow(new TypeError(`Cannot fetch "${url}": ${reason}`))
    expect(resolved).toEqual([])
  })

  test.each(["CONNECT", "trace", "GET / HTTP/1.1\r\nx:", ""])("with the method %j is refused", async (method) => {
    const { get, connected } = await serve()
    await expect(get("http://api.example/", { method })).rejects.toThrow("this method cannot be used.")
    expect(connected).toEqual([])
  })

  test.each([
    [["bad name", "1"], "a name that HTTP does not allow"],
    [["", "1"], "a name that HTTP does not allow"],
    [["x-split", "1\r\nx-other: 2"], 'the header "x-split" has a value'],
    [["x-nul", "a\0b"], 'the header "x-nul" has a value'],
    [["x-wide", "→"], 'the header "x-wide" has a value'],
  ] as const)("with the header %j is refused", async (header, reason) => {
    const { get, connected } = await serve()
    await expect(get("http://api.example/", { headers: [header] })).rejects.toThrow(reason)
    expect(connected).toEqual([])
  })

  test("with a body on GET is refused", async () => {
    const { get } = await serve()
    const body = new Uint8Array([1])
    await expect(get("http://api.example/", { body })).rejects.toThrow("a GET request cannot have a body.")
  })
})

describe("a body", () => {
  const text = "words ".repeat(1000)
  const plain = Buffer.from(text)
  test.each([
    ["gzip", gzipSync(plain)],
    ["x-gzip", gzipSync(plain)],
    ["deflate", deflateSync(plain)],
    ["deflate", deflateRawSync(plain)],
    ["br", brotliCompressSync(plain)],
    ["gzip, br", brotliCompressSync(gzipSync(plain))],
    ["GZip", gzipSync(plain).subarray(0, -8)],
    ["identity", plain],
  ])("that is coded as %s is decoded", async (coding, bytes) => {
    const { get } = await serve((_request, response) => void response.setHeader("content-encoding", coding).end(bytes))
    const response = await get("http://api.example/")
    expect(textOf(response)).toBe(text)
    expect(response.headers.map(([name]) => name)).not.toContain("content-encoding")
  })

  test("in a coding that is not known stays as it is", async () => {
    const { get } = await serve((_request, response) => {
      response.setHeader("content-encoding", "gzip, secret").end("bytes")
    })
    const response = await get("http://api.example/")
    expect(textOf(response)).toBe("bytes")
    expect(response.headers).toContainEqual(["content-encoding", "gzip, secret"])
  })

  test("that is no gzip is an error of the answer", async () => {
    const { get } = await serve((_request, response) => {
      response.setHeader("content-encoding", "gzip").end("no gzip")
    })
    await expect(get("http://api.example/")).rejects.toThrow(
      'Cannot fetch "http://api.example/": the answer cannot be decompressed.',
    )
  })

  test("of exactly the limit is read, and of one byte more is refused", async () => {
    const { get } = await serve((request, response) => void response.end("x".repeat(Number(request.url?.slice(1)))))
    expect((await get("http://api.example/1000", { maxBytes: 1000 })).body).toHaveLength(1000)
    await expect(get("http://api.example/1001", { maxBytes: 1000 })).rejects.toThrow(
      'Cannot fetch "http://api.example/1001": the answer is larger than 1000 bytes.',
    )
    expect(textOf(await get("http://api.example/3"))).toBe("xxx")
  })

  test("that never ends is refused at the limit", async () => {
    const { get } = await serve((_request, response) => {
      const write = () => {
        while (!response.destroyed && response.write("x".repeat(10_000))) {}
      }
      response.on("drain", write)
      write()
    })
    await expect(get("http://api.example/", { maxBytes: 100_000 })).rejects.toThrow("is larger than 100000 bytes.")
  })

  test.each([
    ["gzip", gzipSync(Buffer.alloc(5_000_000))],
    ["br", brotliCompressSync(Buffer.alloc(5_000_000))],
    ["gzip, gzip", gzipSync(gzipSync(Buffer.alloc(5_000_000)))],
  ])("that %s makes larger than the limit is refused", async (coding, bytes) => {
    const { get } = await serve((_request, response) => void response.setHeader("content-encoding", coding).end(bytes))
    await expect(get("http://api.example/")).rejects.toThrow("the answer is larger than 1000000 bytes.")
  })

  test("of HEAD is empty and keeps what its headers say", async () => {
    const { get } = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "12345", "content-encoding": "gzip" }).end()
    })
    const response = await get("http://api.example/", { method: "HEAD" })
    expect(response.body).toHaveLength(0)
    expect(response.headers).toContainEqual(["content-length", "12345"])
    expect(response.headers).toContainEqual(["content-encoding", "gzip"])
  })
})

describe("a failure of the network", () => {
  test.each([
    ["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", "the connection ended before the answer was complete."],
    ["", "the connection ended before the answer was complete."],
    ["SSH-2.0-OpenSSH_9.2\r\n", "the answer is not HTTP."],
    ["HTTP/1.1 200 OK\r\nbad header line\r\n\r\n", "the answer is not HTTP."],
  ])("after the answer %j is told in plain words", async (answer, reason) => {
    const port = await serveRaw(answer)
    const { get } = await serve(undefined, { ports: { "93.184.216.34": port } })
    await expect(get("http://api.example/")).rejects.toThrow(
      new TypeError(`Cannot fetch "http://api.example/": ${reason}`),
    )
  })

  test("tells a refused connection without the address or the port that was tried", async () => {
    const port = await portWithoutServer()
    const { get } = await serve(undefined, { ports: { "93.184.216.34": port } })
    await expect(get("http://api.example/")).rejects.toThrow(
      new TypeError('Cannot fetch "http://api.example/": the connection was refused.'),
    )
  })

  test("of one address leads to the next of the same answer", async () => {
    const port = await portWithoutServer()
    const { get, connected } = await serve(undefined, {
      names: { "two.example": ["93.184.216.35", "93.184.216.34"] },
      ports: { "93.184.216.35": port },
    })
    expect(textOf(await get("http://two.example/"))).toBe("public")
    expect(connected).toEqual(["93.184.216.35", "93.184.216.34"])
  })

  test("tells a name without addresses", async () => {
    const { get } = await serve(undefined, { names: { "none.example": [] } })
    await expect(get("http://none.example/")).rejects.toThrow("its name cannot be resolved.")
  })

  test("ends with the caller's signal while the server is silent", async () => {
    const controller = new AbortController()
    const { get } = await serve(() => controller.abort(new Error("/host/path")))
    const error = await get("http://api.example/", { signal: controller.signal }).catch((reason) => reason)
    expect(error).toMatchObject({
      name: "AbortError",
      message: 'Cannot fetch "http://api.example/": the request was aborted.',
    })
  })

  test("ends with the caller's signal in the middle of a body", async () => {
    const controller = new AbortController()
    const { get } = await serve((_request, response) => {
      response.write("begun")
      setImmediate(() => controller.abort())
    })
    await expect(get("http://api.example/", { signal: controller.signal })).rejects.toMatchObject({
      name: "AbortError",
    })
  })

  test("sends nothing where the signal has ended before", async () => {
    const { get, resolved } = await serve()
    const signal = AbortSignal.abort()
    await expect(get("http://api.example/", { signal })).rejects.toMatchObject({ name: "AbortError" })
    expect(resolved).toEqual([])
  })

  test("tells that the service closes to those who wait and those who come later", async () => {
    let arrived = () => {}
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { get, client } = await serve(() => arrived())
    const waiting = get("http://api.example/").catch((error) => error.message)
    await arrival
    await client.close()
    expect(await waiting).toContain('Cannot fetch "http://api.example/": ')
    await expect(get("http://api.example/")).rejects.toThrow("the service is closing.")
  })
})
