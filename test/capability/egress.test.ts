import { createServer } from "node:http"
import { type AddressInfo, connect } from "node:net"
import fc from "fast-check"
import { afterEach, describe, expect, it, test } from "vitest"
import { createHttpClient } from "../../adapters/capability/http-client.ts"
import type { EgressGrant, EgressRules } from "../../src/model/egress.ts"
import { parseEgressTarget } from "../../src/model/egress-target.ts"
import { type PublicServer, type PublicServerOptions, readText, startPublicServer } from "./public-server.ts"

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function serve(options?: PublicServerOptions): Promise<PublicServer> {
  const server = await startPublicServer(async (request, response) => {
    const location = new URL(request.url ?? "", "http://any").searchParams.get("to")
    if (location) return response.writeHead(302, { location }).end()
    response.end(`${request.method} ${(await readText(request)).length}`)
  }, options)
  open.push(server)
  return server
}

const egressOf = (rules: EgressRules, more: Partial<EgressGrant> = {}) => ({
  grant: { rules, ...more },
  usage: { requests: 0, bytesSent: 0, bytesReceived: 0 },
})

describe("an allow-list", () => {
  const names = {
    "db.internal": ["10.1.2.3"],
    "both.internal": ["93.184.216.34", "10.2.0.1"],
    "six.internal": ["fd00:1::7"],
    "meta.internal": ["169.254.169.254"],
    "other.example": ["203.0.114.9"],
  }

  test.each<[string, EgressRules, boolean]>([
    // Private networks are opened by a network that lies in them, never by a name.
    ["http://10.1.2.3/", {}, false],
    ["http://10.1.2.3/", { allow: ["10.1.0.0/16"] }, true],
    ["http://10.2.0.1/", { allow: ["10.1.0.0/16"] }, false],
    ["http://db.internal/", { allow: ["10.1.0.0/16"] }, true],
    ["http://db.internal/", { allow: ["db.internal", "*.internal"] }, false],
    ["http://both.internal/", { allow: ["10.1.0.0/16"] }, false],
    ["http://[fd00:1::7]/", { allow: ["fd00:1::/64"] }, true],
    ["http://six.internal/", { allow: ["fd00:2::/64"] }, false],
    ["http://127.0.0.1/", { allow: ["127.0.0.1"] }, true],
    ["http://localhost/", { allow: ["127.0.0.1"] }, true],
    ["http://localhost/", { allow: ["localhost"] }, false],
    ["http://10.1.2.3:81/", { allow: ["10.1.2.3:80"] }, false],
    ["http://10.1.2.3/", { allow: ["10.1.2.3:80"] }, true],
    // A network that is wider than the private range does not mean it.
    ["http://10.1.2.3/", { allow: ["0.0.0.0/0"] }, false],
    ["http://10.1.2.3/", { allow: ["8.0.0.0/6"] }, false],
    ["http://[fd00:1::7]/", { allow: ["::/0"] }, false],
    ["http://[::ffff:10.1.2.3]/", { allow: ["10.1.0.0/16", "::/0", "::ffff:0:0/96"] }, false],
    ["http://[64:ff9b::a01:203]/", { allow: ["10.1.0.0/16", "64:ff9b::/96"] }, false],
    ["http://[2002:a01:203::1]/", { allow: ["10.1.0.0/16", "2002::/16"] }, false],
    // Metadata is opened by its own address alone.
    ["http://169.254.169.254/", { allow: ["169.254.0.0/16"] }, false],
    ["http://169.254.169.254/", { allow: ["169.254.169.254/31"] }, false],
    ["http://meta.internal/", { allow: ["meta.internal", "169.254.0.0/16"] }, false],
    ["http://169.254.169.254/", { allow: ["169.254.169.254/32"] }, true],
    ["http://169.254.1.1/", { allow: ["169.254.0.0/16"] }, true],
    ["http://100.100.100.200/", { allow: ["100.64.0.0/10"] }, false],
    ["http://[fd00:ec2::254]/", { allow: ["fd00::/8"] }, false],
    // Alone, it is all that there is.
    ["http://one.example/", { reach: "allowed" }, false],
    ["http://one.example/", { reach: "allowed", allow: ["one.example"] }, true],
    ["http://ONE.example./", { reach: "allowed", allow: ["one.EXAMPLE"] }, true],
    ["http://one.example:8080/", { reach: "allowed", allow: ["one.example:80"] }, false],
    ["http://api.one.example/", { reach: "allowed", allow: ["*.one.example"] }, true],
    ["http://a.b.one.example/", { reach: "allowed", allow: ["*.one.example"] }, true],
    ["http://one.example/", { reach: "allowed", allow: ["*.one.example"] }, false],
    ["http://badone.example/", { reach: "allowed", allow: ["*.one.example", "one.example"] }, false],
    ["http://one.example/", { reach: "allowed", allow: ["93.184.216.0/24"] }, true],
    ["http://other.example/", { reach: "allowed", allow: ["93.184.216.0/24"] }, false],
    ["http://bücher.example/", { reach: "allowed", allow: ["bücher.example"] }, true],
  ])("%s under %j: %s", async (url, rules, reached) => {
    const server = await serve({ names })
    const answer = server.get(url, { egress: egressOf(rules) })
    if (reached) expect((await answer).status).toBe(200)
    else await expect(answer).rejects.toThrow(/the address is not public|it is not allowed/)
    expect(server.connected).toHaveLength(reached ? 1 : 0)
  })

  it("holds for every redirect", async () => {
    const server = await serve({ names })
    const rules: EgressRules = { reach: "allowed", allow: ["one.example", "10.1.0.0/16"] }
    const go = (to: string) =>
      server.get(`http://one.example/?to=${encodeURIComponent(to)}`, { egress: egressOf(rules) })
    await expect(go("http://two.example/")).rejects.toThrow("after a redirect, it is not allowed.")
    await expect(go("http://10.2.0.1/")).rejects.toThrow("after a redirect, the address is not public.")
    expect((await go("http://db.internal/")).url).toBe("http://db.internal/")
    expect(new Set(server.connected)).toEqual(new Set(["93.184.216.34", "10.1.2.3"]))
  })

  it("keeps a name from being looked up that no entry could permit", async () => {
    const server = await serve()
    const egress = egressOf({ reach: "allowed", allow: ["one.example"] })
    await expect(server.get("http://secret.evil.example/", { egress })).rejects.toThrow("it is not allowed.")
    expect(server.resolved).toEqual([])
  })

  it("does not lend a connection to calls with other rules", async () => {
    const server = await serve({ names })
    const url = "http://db.internal/"
    await server.get(url, { egress: egressOf({ allow: ["10.1.0.0/16"] }) })
    // undici leaves a connection alone for one turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    await expect(server.get(url, { egress: egressOf({}) })).rejects.toThrow("the address is not public.")
    await expect(server.get(url)).rejects.toThrow("the address is not public.")
    await server.get(url, { egress: egressOf({ allow: ["10.1.0.0/16"], maxRequests: 5 }) })
    expect(server.connected).toEqual(["10.1.2.3"])
  })

  it("does not lend a connection to calls that reach less", async () => {
    const server = await serve()
    const url = "http://one.example/"
    const allow = ["10.1.0.0/16"]
    await server.get(url, { egress: egressOf({ allow }) })
    await new Promise((resolve) => setImmediate(resolve))
    await expect(server.get(url, { egress: egressOf({ allow, reach: "allowed" }) })).rejects.toThrow("not allowed")
    await expect(server.get(url, { egress: egressOf({ allow }, { within: allow }) })).rejects.toThrow("not allowed")
  })

  it("of the function narrows and never opens", async () => {
    const server = await serve({ names })
    const within = (list: string[], rules: EgressRules = {}) => ({ egress: egressOf(rules, { within: list }) })
    await expect(server.get("http://10.1.2.3/", within(["10.1.0.0/16"]))).rejects.toThrow("not public")
    await expect(server.get("http://one.example/", within([]))).rejects.toThrow("it is not allowed.")
    await expect(server.get("http://one.example/", within(["two.example"]))).rejects.toThrow("it is not allowed.")
    expect(server.connected).toEqual([])
    await server.get("http://db.internal/", within(["db.internal"], { allow: ["10.1.0.0/16"] }))
    await server.get("http://one.example/", within(["93.184.216.34"]))
    expect(server.connected).toEqual(["10.1.2.3", "93.184.216.34"])
  })
})

describe("what a call uses", () => {
  it("is counted, redirects and headers included", async () => {
    const server = await serve()
    const egress = egressOf({})
    const body = new Uint8Array(1000)
    await server.get("http://one.example/?to=/", { egress })
    expect(egress.usage.requests).toBe(2)
    const { bytesSent } = egress.usage
    await server.get("http://one.example/", { egress, method: "POST", body })
    expect(egress.usage.requests).toBe(3)
    expect(egress.usage.bytesSent - bytesSent).toBeGreaterThan(1000)
    expect(egress.usage.bytesSent - bytesSent).toBeLessThan(1300)
    expect(egress.usage.bytesReceived).toBeGreaterThan(0)
  })

  it("ends at the bound on requests", async () => {
    const server = await serve()
    const egress = egressOf({ maxRequests: 3 })
    await server.get("http://one.example/", { egress })
    await expect(server.get("http://one.example/?to=/%3Fto=/", { egress })).rejects.toThrow("3 requests")
    expect(egress.usage.requests).toBe(3)
  })

  it("ends at the bound on bytes sent, before they are sent", async () => {
    const server = await serve()
    const egress = egressOf({ maxBytesSent: 2000 })
    const post = { method: "POST", body: new Uint8Array(1500), egress }
    await server.get("http://one.example/", post)
    await expect(server.get("http://one.example/", post)).rejects.toThrow("2000 bytes in all")
    expect(egress.usage).toMatchObject({ requests: 1 })
  })

  it("ends at the bound on bytes received, in the middle of an answer", async () => {
    let written = 0
    const server = await startPublicServer((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000))) written += 10_000
      }
      response.on("drain", more)
      more()
    })
    open.push(server)
    const egress = egressOf({ maxBytesReceived: 50_000 })
    await expect(server.get("http://one.example/", { egress, maxBytes: 1e9 })).rejects.toThrow("50000 bytes in all")
    expect(egress.usage.bytesReceived).toBeLessThan(200_000)
    expect(written).toBeGreaterThan(0)
  })

  it("has only the methods that are allowed, after a redirect too", async () => {
    const server = await serve()
    const egress = egressOf({ methods: ["post"] })
    const post = { method: "POST", body: new Uint8Array(1), egress }
    expect((await server.get("http://one.example/", post)).status).toBe(200)
    await expect(server.get("http://one.example/", { egress })).rejects.toThrow("the method GET")
    await expect(server.get("http://one.example/?to=/", post)).rejects.toThrow("after a redirect, the service does not")
  })
})

describe("a network of the host", () => {
  /** A proxy that tunnels everything to one port. */
  async function startProxy(port: number, answer?: number) {
    const seen: { readonly authority: string; readonly authorization: string | undefined }[] = []
    const server = createServer((_, response) => response.writeHead(answer ?? 405).end())
    server.on("connect", ({ url, headers }, socket) => {
      seen.push({ authority: url ?? "", authorization: headers["proxy-authorization"] })
      if (answer) return void socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`)
      const upstream = connect({ host: "127.0.0.1", port })
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
      socket.on("error", () => upstream.destroy())
      upstream.on("error", () => socket.destroy())
      upstream.pipe(socket).pipe(upstream)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const sockets = new Set<import("node:net").Socket>()
    server.on("connection", (socket) => sockets.add(socket))
    open.push({
      close: async () => {
        for (const socket of sockets) socket.destroy()
        await new Promise((resolve) => server.close(resolve))
      },
    })
    return { proxy: `http://me:s%20cret@127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
  }

  it("tunnels through its proxy, which is told an address that was checked", async () => {
    const server = await serve({ names: { "db.internal": ["10.1.2.3"] } })
    const { proxy, seen } = await startProxy(server.port)
    const egress = egressOf({}, { network: { proxy } })
    expect((await server.get("http://one.example/?to=http://two.example/", { egress })).status).toBe(200)
    const authorization = `Basic ${Buffer.from("me:s cret").toString("base64")}`
    expect(seen).toEqual([
      { authority: "93.184.216.34:80", authorization },
      { authority: "93.184.216.34:80", authorization },
    ])
    expect(server.connected).toEqual([])
    await expect(server.get("http://db.internal/", { egress })).rejects.toThrow("the address is not public.")
    expect(seen).toHaveLength(2)
  })

  it("refuses where its proxy refuses or is not there, and names nothing of the host", async () => {
    const server = await serve()
    const { proxy } = await startProxy(server.port, 403)
    const refused = server.get("http://one.example/", { egress: egressOf({}, { network: { proxy } }) })
    await expect(refused).rejects.toThrow('Cannot fetch "http://one.example/": the function\'s network does not let it')
    const absent = { network: { proxy: "http://127.0.0.1:1" } }
    await expect(server.get("http://one.example/", { egress: egressOf({}, absent) })).rejects.toThrow(
      'Cannot fetch "http://one.example/": the function\'s network cannot be reached.',
    )
    expect(server.connected).toEqual([])
  })

  it("that the host has no more lets nothing out", async () => {
    const server = await serve()
    const egress = egressOf({}, { network: null })
    await expect(server.get("http://one.example/", { egress })).rejects.toThrow("network is not there any more")
    expect(server.connected).toEqual([])
  })

  it("gives connections its source address", async () => {
    const sources: (string | undefined)[] = []
    const server = createServer(({ socket }, response) => {
      sources.push(socket.remoteAddress)
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const client = createHttpClient()
    open.push(client, { close: () => new Promise((resolve) => void server.close(() => resolve())) })
    const request = { method: "GET", headers: [], body: null, redirect: "follow" as const }
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const egress = egressOf({ allow: ["127.0.0.1"] }, { network: { localAddress: "127.0.0.9" } })
    await client.fetch({ ...request, url }, { signal: new AbortController().signal, maxBytes: 100, egress })
    expect(sources).toEqual(["127.0.0.9"])
  })
})

describe("an entry of an allow-list", () => {
  test.each([
    "",
    "*",
    "*.",
    "a b",
    "http://a.example",
    "a.example/path",
    "a.example:0",
    "a.example:70000",
    "*.10.1.2.3",
    "10.1",
    "0x7f.1",
    "10.0.0.0/33",
    "fd00::/129",
    "10.0.0/8",
    "user@a.example",
    "*.*.example",
    "a.example:",
    "[fd00::1",
    "fe80::1%eth0",
  ])("%j is refused", (text) => {
    expect(parseEgressTarget(text)).toBeNull()
  })

  it("is read or refused, whatever it is, and what is read has a form", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.domain(), fc.webAuthority()), (text) => {
        const target = parseEgressTarget(text)
        if (target?.type === "host") expect(target.name).not.toMatch(/[\s/:@?#[\]]/)
      }),
    )
    fc.assert(fc.property(fc.domain(), (name) => parseEgressTarget(`*.${name}:443`)?.port === 443))
    fc.assert(fc.property(fc.ipV6(), (address) => parseEgressTarget(`[${address}]:80`)?.type === "network"))
  })
})
