import { once } from "node:events"
import { createServer, type IncomingMessage, type Server, request as sendRequest } from "node:http"
import type { AddressInfo } from "node:net"
import { serve } from "@hono/node-server"
import express from "express"
import { Hono } from "hono"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { expressMount } from "../../adapters/mount/express.ts"
import { honoMount } from "../../adapters/mount/hono.ts"
import { nodeMount } from "../../adapters/mount/node.ts"
import type { MountableFunctions } from "../../adapters/mount/node-request.ts"
import { readBytes } from "../../src/http/read-body.ts"
import type { FunctionsService } from "../../src/service/functions.ts"
import { startService } from "../http/support.ts"
import { createZip } from "../http/zip.ts"

let service: FunctionsService
const servers: Server[] = []

beforeAll(async () => {
  service = await startService()
})

afterAll(async () => {
  await service.close()
})

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, "close")
  }
})

async function listen(server: Server): Promise<string> {
  servers.push(server)
  if (!server.listening) await once(server.listen(0, "127.0.0.1"), "listening")
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Options = { readonly expose?: "invoke" | "manage" | "all" }

/** Each host: the service under /api, beside a route of the host's own, also below the prefix. */
const hosts: Readonly<Record<string, (functions: MountableFunctions, options?: Options) => Promise<string>>> = {
  express(functions, options = {}) {
    const app = express()
    app.use("/api", expressMount(functions, options))
    app.all(["/api/own", "/apix/functions", "/functions"], (_request, response) => void response.send("the host's"))
    return listen(createServer(app))
  },
  "express after express.json()"(functions, options = {}) {
    const app = express()
    app.use(express.json({ limit: "20mb" }))
    app.use("/api", expressMount(functions, options))
    app.all(["/api/own", "/apix/functions", "/functions"], (_request, response) => void response.send("the host's"))
    return listen(createServer(app))
  },
  hono(functions, options = {}) {
    const app = new Hono()
    app.mount("/api", honoMount(functions, options))
    for (const path of ["/api/own", "/apix/functions", "/functions"])
      app.all(path, (context) => context.text("the host's"))
    return listen(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server)
  },
  node(functions, options = {}) {
    const mount = nodeMount(functions, { prefix: "/api", ...options })
    const own = ["/api/own", "/apix/functions", "/functions"]
    return listen(
      createServer((incoming, outgoing) =>
        mount(incoming, outgoing, () => {
          const known = own.includes(incoming.url ?? "")
          outgoing.writeHead(known ? 200 : 404).end(known ? "the host's" : "")
        }),
      ),
    )
  },
}

describe.each(Object.entries(hosts))("mounted in %s", (name, start) => {
  it("the stories answer as they are written: a ZIP is deployed, and called with a slash at the end", async () => {
    const base = await start(service)
    const functionName = `story_${name.replaceAll(/\W/g, "_")}`
    const source = "export default ({ data }) => ({ result: data.values.map((v) => v * 2) })"
    const form = new FormData()
    form.set("name", functionName)
    form.set(
      "file",
      new File([(await createZip({ "index.js": source })) as Uint8Array<ArrayBuffer>], "f.zip", {
        type: "application/zip",
      }),
    )
    const deployment = await fetch(`${base}/api/functions/deploy`, { method: "POST", body: form })
    const deployed = (await deployment.json()) as { function_id: string }
    expect(deployed).toMatchObject({ message: "Function deployed successfully", function_id: expect.any(String) })
    const called = await fetch(`${base}/api/functions/${deployed.function_id}/run/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data: { values: [1, 2, 3, 4] } }),
    })
    expect(await called.json()).toEqual({ result: [2, 4, 6, 8] })
    expect(called.headers.get("inlay-invocation-id")).toBeTruthy()
    const made = await fetch(`${base}/api/functions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: `${functionName}_made` }),
    })
    expect(made.headers.get("location")).toBe(`/api/functions/${functionName}_made`)
    expect(((await (await fetch(`${base}/api/openapi.json`)).json()) as { servers: unknown }).servers).toEqual([
      { url: "/api" },
    ])
  })

  it("paths that are not the service's go on to the host, whose bodies are untouched", async () => {
    const base = await start(service)
    for (const path of ["/api/own", "/apix/functions", "/functions"]) {
      const response = await fetch(base + path, {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json" },
      })
      expect([response.status, await response.text()], path).toEqual([200, "the host's"])
    }
    expect((await fetch(`${base}/api/nowhere`)).status).toBe(404)
    expect((await fetch(`${base}/api`)).status).toBe(404)
  })

  it("expose says which paths are the service's", async () => {
    const base = await start(service, { expose: "invoke" })
    expect((await fetch(`${base}/api/health`)).status).toBe(404)
    expect((await fetch(`${base}/api/functions/missing/invoke`, { method: "POST" })).status).toBe(404)
    expect((await fetch(`${base}/api/functions/missing/invoke`)).status).toBe(405)
  })

  it("HEAD has the headers of GET and no body, and 204 and 304 have no body", async () => {
    const base = await start({
      handle: async (request) =>
        request.url.endsWith("/head")
          ? new Response(request.method === "HEAD" ? null : "body", {
              headers: { "content-length": "4", "x-seen": request.method },
            })
          : new Response(null, { status: Number(request.url.slice(-3)) }),
    })
    const head = await fetch(`${base}/api/head`, { method: "HEAD" })
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "4", ""])
    for (const status of [204, 304]) {
      const response = await fetch(`${base}/api/${status}`)
      expect([response.status, await response.text()]).toEqual([status, ""])
    }
  })

  it("a body that is too large is refused while the caller still sends it, and the next request is answered", async () => {
    const base = await start(service)
    const chunk = new Uint8Array(1024 * 1024).fill(32)
    const chunks = () => {
      let sent = 0
      return new ReadableStream({
        pull(controller) {
          if (sent++ < 14) controller.enqueue(chunk)
          else controller.close()
        },
      })
    }
    for (const type of ["application/zip", "application/octet-stream"]) {
      for (const body of [Buffer.alloc(14 * 1024 * 1024), chunks()]) {
        // Hono's server ends a connection that it has answered early, and a caller that keeps it may not know yet.
        const headers = { "content-type": type, ...(name === "hono" && { connection: "close" }) }
        const init = { method: "POST", headers, body, duplex: "half" } as RequestInit
        const response = await fetch(`${base}/api/functions/deploy?name=big`, init)
        expect(response.status).toBe(413)
        expect(await response.json()).toMatchObject({ status: 413 })
      }
    }
    expect((await fetch(`${base}/api/health`)).status).toBe(200)
  })

  it("several cookies stay several", async () => {
    const headers = new Headers([
      ["set-cookie", "a=1; Path=/"],
      ["set-cookie", "b=2, c"],
    ])
    const base = await start({ handle: async () => new Response("x", { headers, statusText: "Fine" }) })
    const response = await fetch(`${base}/api/cookies`)
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2, c"])
  })

  it("the request arrives as it was sent", async () => {
    const seen: unknown[] = []
    const base = await start({
      async handle(request, options) {
        const { pathname, search, host } = new URL(request.url)
        const { prefix, strippedPrefix } = options ?? {}
        const place = { mounted: `${strippedPrefix ?? ""}${prefix ?? ""}` }
        const path = `${strippedPrefix ?? ""}${pathname}${search}`
        seen.push({
          path,
          host,
          method: request.method,
          sent: request.headers.get("x-sent"),
          body: await request.text(),
          ...place,
        })
        return new Response("ok")
      },
    })
    const body = JSON.stringify({ text: "ü😀", nested: [1, { a: null }] })
    const headers = { "content-type": "application/json", "x-sent": "a, b" }
    await fetch(`${base}/api/a%20b/c@1?q=%C3%BC&r`, { method: "PATCH", headers, body })
    const where = {
      path: "/api/a%20b/c@1?q=%C3%BC&r",
      host: new URL(base).host,
      mounted: "/api",
    }
    expect(seen).toEqual([{ ...where, method: "PATCH", sent: "a, b", body }])
  })

  it("bodies stream both ways: the first bytes come back before the last are sent", async () => {
    const base = await start({ handle: async (request) => new Response(request.body) })
    const { outgoing, incoming } = open(`${base}/api/echo`, "application/octet-stream")
    outgoing.write("first")
    const chunks = (await incoming)[Symbol.asyncIterator]()
    expect(String((await chunks.next()).value)).toBe("first")
    outgoing.end("last")
    expect(String((await chunks.next()).value)).toBe("last")
    expect((await chunks.next()).done).toBe(true)
  })

  it("nobody is asked for more than the caller takes", async () => {
    let made = 0
    const chunk = new Uint8Array(64 * 1024)
    const body = () =>
      new ReadableStream(
        {
          pull(controller) {
            made++
            if (made < 2000) controller.enqueue(chunk)
            else controller.close()
          },
        },
        { highWaterMark: 0 },
      )
    const base = await start({ handle: async () => new Response(body()) })
    const { outgoing, incoming } = open(`${base}/api/large`, "text/plain")
    outgoing.end()
    const response = await incoming
    response.pause()
    let before = -1
    // Settled means: the event loop went round often, and nothing more was made.
    while (before !== made) {
      before = made
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(made).toBeLessThan(500)
    let bytes = 0
    response.on("data", (data: Buffer) => {
      bytes += data.length
    })
    response.resume()
    await once(response, "end")
    expect(bytes).toBe(1999 * chunk.length)
  })

  it("a caller that goes away ends the request's signal", async () => {
    const { promise: arrived, resolve: arrive } = withResolvers<Request>()
    const base = await start({
      handle: (request) => {
        arrive(request)
        return new Promise((resolve) => {
          request.signal.addEventListener("abort", () => resolve(new Response("too late")))
        })
      },
    })
    const { outgoing, incoming } = open(`${base}/api/slow`, "text/plain")
    incoming.catch(() => {})
    outgoing.end("x")
    const request = await arrived
    const aborted = once(request.signal, "abort")
    outgoing.destroy()
    await aborted
    expect(request.signal.aborted).toBe(true)
  })

  it("a caller that goes away ends the body that is being sent", async () => {
    const { promise: ended, resolve: end } = withResolvers<void>()
    const chunk = new Uint8Array(1024)
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(chunk), cancel: () => end() })
    const base = await start({ handle: async () => new Response(body) })
    const { outgoing, incoming } = open(`${base}/api/endless`, "text/plain")
    outgoing.end()
    const response = await incoming
    await once(response, "data")
    outgoing.destroy()
    await ended
  })
})

describe("mounted in express", () => {
  it("what fails goes to the application's error handler, and nothing is left unhandled", async () => {
    const failure = new Error("broken")
    const app = express()
    const errors: unknown[] = []
    app.use(expressMount({ handle: () => Promise.reject(failure) }))
    app.use((error: unknown, _request: unknown, response: express.Response, _next: unknown) => {
      errors.push(error)
      response.status(503).end()
    })
    const base = await listen(createServer(app))
    expect((await fetch(base)).status).toBe(503)
    expect(errors).toEqual([failure])
  })

  it("works at the root, before and after the host's routes and parsers", async () => {
    const app = express()
    app.get("/functions", (_request, response) => void response.send("the host's"))
    app.use(expressMount(service))
    app.use(express.json())
    app.post("/later", (request, response) => void response.json(request.body))
    const base = await listen(createServer(app))
    expect(await (await fetch(`${base}/functions`)).text()).toBe("the host's")
    expect(await (await fetch(`${base}/health`)).json()).toEqual({ status: "ok" })
    const later = await fetch(`${base}/later`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":1}',
    })
    expect(await later.json()).toEqual({ a: 1 })
  })

  it("passes bodies on that express.text() or express.raw() have read", async () => {
    for (const parser of [express.text({ type: "*/*" }), express.raw({ type: "*/*" })]) {
      const app = express()
      app.use(parser, expressMount({ handle: async (request) => new Response(await request.text()) }))
      const base = await listen(createServer(app))
      expect(await (await fetch(base, { method: "POST", body: "täxt" })).text()).toBe("täxt")
    }
  })
})

describe("mounted in node", () => {
  it("answers 404 itself where nobody takes the rest, and 500 where it fails", async () => {
    const base = await listen(createServer(nodeMount(service)))
    expect((await fetch(`${base}/nowhere`)).status).toBe(404)
    expect((await fetch(`${base}/health`)).status).toBe(200)
    const broken = await listen(createServer(nodeMount({ handle: () => Promise.reject(new Error("broken")) })))
    const response = await fetch(broken)
    expect([response.status, await response.text()]).toEqual([500, ""])
  })

  it("answers 400 where the request cannot be one", async () => {
    const base = await listen(createServer(nodeMount(service)))
    const { port } = new URL(base)
    for (const options of [{ path: "*", method: "OPTIONS" }, { headers: { host: "a b" } }, { method: "TRACE" }]) {
      const outgoing = sendRequest({ port, host: "127.0.0.1", path: "/health", ...options })
      outgoing.end()
      const [response] = (await once(outgoing, "response")) as [IncomingMessage]
      response.resume()
      expect(response.statusCode, JSON.stringify(options)).toBe(400)
    }
  })

  it("takes a target that is a whole URL", async () => {
    const base = await listen(createServer(nodeMount(service)))
    const outgoing = sendRequest({
      port: new URL(base).port,
      host: "127.0.0.1",
      path: "http://elsewhere.example/health?a",
    })
    outgoing.end()
    const [response] = (await once(outgoing, "response")) as [IncomingMessage]
    response.resume()
    expect(response.statusCode).toBe(200)
  })

  it("reads a body whole that somebody has looked at before", async () => {
    const origin = await listen(
      createServer(
        nodeMount({
          async handle(request) {
            const looked = await request.clone().text()
            return new Response(`${looked} ${Buffer.from(await readBytes(request, 1000))}`)
          },
        }),
      ),
    )
    const response = await fetch(origin, { method: "POST", body: "once" })
    expect(await response.text()).toBe("once once")
  })

  it.each([
    ["while", () => {}],
    ["before", (request: Request) => once(request.signal, "abort")],
  ])("ends the reading of a body whose sender breaks off %s it is read", async (_, prepare) => {
    const outcome = withResolvers<unknown>()
    const arrived = withResolvers<void>()
    const origin = await listen(
      createServer(
        nodeMount({
          async handle(request) {
            arrived.resolve()
            await prepare(request)
            await readBytes(request, 1000).then(outcome.resolve, outcome.resolve)
            return null
          },
        }),
      ),
    )
    const sending = sendRequest(origin, { method: "POST", headers: { "content-length": 10 } })
    sending.on("error", () => {})
    sending.write("half")
    await arrived.promise
    sending.destroy()
    expect(await outcome.promise).toBeInstanceOf(Error)
  })

  it("breaks the connection where a body fails midway, so that nobody takes it for whole", async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(10))
      },
      pull(controller) {
        controller.error(new Error("midway"))
      },
    })
    const base = await listen(createServer(nodeMount({ handle: async () => new Response(body) })))
    await expect(fetch(base).then((response) => response.text())).rejects.toThrow()
  })
})

/** A request whose body is written piece by piece. */
function open(url: string, type: string) {
  const outgoing = sendRequest(url, {
    method: "POST",
    headers: { "content-type": type, "transfer-encoding": "chunked" },
  })
  outgoing.on("error", () => {})
  outgoing.flushHeaders()
  const incoming = once(outgoing, "response").then(([response]) => {
    const message = response as IncomingMessage
    message.on("error", () => {})
    return message
  })
  return { outgoing, incoming }
}

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

describe("a path that a guard before the mount has looked at", () => {
  it.each([
    ["POST /api/x", "localhost/api/functions/guarded/invoke?"],
    ["POST /api/x/../functions/guarded/invoke", "localhost"],
    ["POST /api/x/%2e%2e/functions/guarded/invoke", "localhost"],
  ])("is the one that the mount serves: %s with Host %s", async (line, host) => {
    await service.deploy({ name: "guarded", source: "export default () => 'reached'" })
    const app = express()
    app.use("/api/functions/guarded", (_request, response) => void response.status(403).send("guarded"))
    app.use("/api", expressMount(service))
    const base = await listen(createServer(app))
    const [method, path] = line.split(" ")
    const { status, text } = await sendRaw(base, { method, path, host })
    expect(text).not.toContain("reached")
    expect(status).toBe(404)
  })

  it.each([
    ["/functions/guarded/invoke", "localhost#"],
    ["/x/../functions/guarded/invoke", "localhost"],
  ])("is refused with 400 where it cannot be told: %s with Host %s", async (path, host) => {
    await service.deploy({ name: "guarded", source: "export default () => 'reached'" })
    const base = await listen(createServer(nodeMount(service)))
    const { status, text } = await sendRaw(base, { method: "POST", path, host })
    expect([status, text]).toEqual([400, ""])
  })
})

/** Sends a request line and a Host header as they are, where `fetch` would tidy them. */
async function sendRaw(
  base: string,
  {
    method,
    path,
    host,
  }: { readonly method?: string | undefined; readonly path?: string | undefined; readonly host: string },
): Promise<{ readonly status: number; readonly text: string }> {
  const { hostname, port } = new URL(base)
  const options = {
    hostname,
    port,
    method: method ?? "GET",
    path: path ?? "/",
    headers: { host, "content-length": "0" },
  }
  const request = sendRequest(options).end()
  const [response] = (await once(request, "response")) as [IncomingMessage]
  let text = ""
  for await (const chunk of response.setEncoding("utf8")) text += chunk
  return { status: response.statusCode ?? 0, text }
}
