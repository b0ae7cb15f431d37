import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A way to a server that can be cut: nothing comes through any more, and nobody is told. */
export interface SilentProxy {
  /** The given URL, by this way. */
  readonly url: string
  cut(): void
  close(): Promise<void>
}

/** Opens a way to the server of this URL. */
export async function openSilentProxy(target: string): Promise<SilentProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isCut = false
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on("data", (chunk) => {
      if (!isCut) to.write(chunk)
    })
    from.on("close", () => {
      if (!isCut) to.destroy()
    })
    from.on("error", () => {})
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const upstream = connect({ host: hostname, port: Number(port || 5432), allowHalfOpen: true })
    pass(socket, upstream)
    pass(upstream, socket)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    cut() {
      isCut = true
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, "close")
    },
  }
}
