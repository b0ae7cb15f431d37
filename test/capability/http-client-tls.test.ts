import { once } from "node:events"
import { type AddressInfo, createServer, type Socket } from "node:net"
import { afterEach, expect, test } from "vitest"
import { type PublicServer, type PublicServerOptions, startPublicServer, textOf } from "./public-server.ts"
import { createSelfSigned } from "./self-signed.ts"

const open: { close(): Promise<unknown> }[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const certificate = createSelfSigned("api.example")

async function serve(options: PublicServerOptions): Promise<PublicServer> {
  const server = await startPublicServer((_request, response) => void response.end("secure"), options)
  open.push(server)
  return server
}

test("an https address is answered over TLS, its certificate checked against the name", async () => {
  const { get, connected } = await serve({ secure: certificate, ca: certificate.cert })
  expect(textOf(await get("https://api.example/"))).toBe("secure")
  expect(connected).toEqual(["93.184.216.34"])
})

test("a certificate for another name is refused", async () => {
  const { get } = await serve({ secure: certificate, ca: certificate.cert })
  await expect(get("https://other.example/")).rejects.toThrow(
    'Cannot fetch "https://other.example/": no secure connection can be made (ERR_TLS_CERT_ALTNAME_INVALID).',
  )
  await expect(get("https://93.184.216.34/")).rejects.toThrow("(ERR_TLS_CERT_ALTNAME_INVALID).")
})

test("a certificate that nobody trusts is refused, even where the environment would allow it", async () => {
  const { get } = await serve({ secure: certificate })
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"
  try {
    await expect(get("https://api.example/")).rejects.toThrow("no secure connection can be made (")
  } finally {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
  }
})

test("a server that does not speak TLS is told in plain words", async () => {
  const { get } = await serve({})
  await expect(get("https://api.example/")).rejects.toThrow(/: no secure connection can be made \([A-Z_]+\)\.$/)
})

test("a redirect from https to http is followed, as browsers do outside a page", async () => {
  const plain = await serve({})
  const server = await startPublicServer(
    (_request, response) => void response.writeHead(302, { location: "http://plain.example/next" }).end(),
    { secure: certificate, ca: certificate.cert, ...(await portOf(plain)) },
  )
  open.push(server)
  const response = await server.get("https://api.example/", { headers: [["authorization", "Bearer one"]] })
  expect(response).toMatchObject({ url: "http://plain.example/next", redirected: true })
})

/** A server that takes connections and says nothing. */
async function serveSilence(
  options: PublicServerOptions = {},
): Promise<PublicServer & { readonly arrival: Promise<Socket> }> {
  const silent = createServer().listen(0, "127.0.0.1")
  await once(silent, "listening")
  const arrival = once(silent, "connection").then(([socket]) => socket.on("error", () => {}) as Socket)
  const server = await serve({ ports: { "93.184.216.34": (silent.address() as AddressInfo).port }, ...options })
  open.push({
    close: async () => {
      ;(await arrival).destroy()
      await new Promise((resolve) => silent.close(resolve))
    },
  })
  return { ...server, arrival }
}

test("a handshake that takes too long is given up", async () => {
  const { get, arrival } = await serveSilence({ connectTimeoutMs: 20 })
  await expect(get("https://api.example/")).rejects.toThrow("the server cannot be reached in time.")
  const socket = await arrival
  if (!socket.destroyed) await once(socket.resume(), "close")
})

test("a handshake that is under way ends when the client closes", async () => {
  const { get, client, arrival } = await serveSilence({ connectTimeoutMs: 600_000 })
  const waiting = expect(get("https://api.example/")).rejects.toThrow('Cannot fetch "https://api.example/": ')
  const socket = await arrival
  await once(socket, "data")
  const ended = once(socket, "close")
  await client.close()
  await waiting
  await ended
})

async function portOf(server: PublicServer): Promise<PublicServerOptions> {
  return { names: { "plain.example": ["93.184.216.40"] }, ports: { "93.184.216.40": server.port } }
}
