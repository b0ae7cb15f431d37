import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { afterAll, beforeAll, expect, it } from "vitest"
import { createOwnPool, createPoolConnections, openListeningClient } from "../../adapters/storage/postgres/pool.ts"

/** A message of PostgreSQL's protocol. */
function toMessage(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}

const goodbye = "terminating connection due to administrator command"
const welcome = Buffer.concat([toMessage("R", Buffer.alloc(4)), toMessage("Z", Buffer.from("I"))])
const end = toMessage("E", Buffer.from(`SFATAL\0VFATAL\0C57P01\0M${goodbye}\0\0`))

/** A server that ends each connection with the same packet that says that it is ready. */
const server = createServer((socket) => {
  socket.once("data", () => socket.end(Buffer.concat([welcome, end])))
  socket.on("error", () => {})
})
let settings: { readonly url: string; readonly connectTimeoutMs: number; readonly maxConnections: number }
const unheard: unknown[] = []
const hear = (error: unknown) => void unheard.push(error)

beforeAll(async () => {
  process.on("uncaughtException", hear)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  settings = { url: `postgres://inlay@127.0.0.1:${port}/inlay`, connectTimeoutMs: 5000, maxConnections: 2 }
})
afterAll(async () => {
  process.off("uncaughtException", hear)
  server.close()
  await once(server, "close")
})

it("a connection of the pool that is ended as it begins fails its statement and not the process", async () => {
  const connections = createPoolConnections(() => createOwnPool(settings))
  const connection = await connections.connect()
  await expect(connection.query("select 1", [])).rejects.toThrow()
  connection.release(true)
  await connections.disconnect()
  expect(unheard).toEqual([])
})

it("a connection to listen on that is ended as it begins fails its statement and not the process", async () => {
  const client = await openListeningClient(settings)
  await expect(client.query("listen inlay", [])).rejects.toThrow()
  await client.end()
  expect(unheard).toEqual([])
})
