import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http"
import { createServer as createSecureServer, type ServerOptions } from "node:https"
import { type AddressInfo, connect } from "node:net"
import { createHttpClient, type HttpClientOptions } from "../../adapters/capability/http-client.ts"
import type { HttpClient, HttpLimits, HttpRequest, HttpResponse } from "../../src/ports/http-client.ts"

/** A server on the loopback interface that a client takes for a public one. */
export interface PublicServer {
  readonly client: HttpClient
  readonly port: number
  /** Addresses that were connected to, in order. */
  readonly connected: string[]
  /** Names that were looked up, in order. */
  readonly resolved: string[]
  get(url: string, change?: Partial<HttpRequest> & Partial<HttpLimits>): Promise<HttpResponse>
  close(): Promise<void>
}

export interface PublicServerOptions extends Omit<HttpClientOptions, "connect" | "resolve"> {
  readonly names?: Readonly<Record<string, readonly string[]>>
  /** Where connections to single addresses really go, instead of to the server. */
  readonly ports?: Readonly<Record<string, number>>
  readonly secure?: ServerOptions
}

/** Every name resolves to 93.184.216.34 unless `names` says otherwise. */
export async function startPublicServer(
  listener: RequestListener,
  { names = {}, ports = {}, secure, ...options }: PublicServerOptions = {},
): Promise<PublicServer> {
  const server: Server = secure ? createSecureServer(secure, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  const connected: string[] = []
  const resolved: string[] = []
  const client = createHttpClient({
    ...options,
    resolve: async (name) => {
      resolved.push(name)
      return names[name] ?? ["93.184.216.34"]
    },
    connect: ({ address }) => {
      connected.push(address)
      return connect({ host: "127.0.0.1", port: ports[address] ?? port })
    },
  })
  return {
    client,
    port,
    connected,
    resolved,
    get(url, { signal = new AbortController().signal, maxBytes = 1_000_000, egress, ...change } = {}) {
      const request: HttpRequest = { method: "GET", url, headers: [], body: null, redirect: "follow", ...change }
      return client.fetch(request, { signal, maxBytes, ...(egress && { egress }) })
    },
    async close() {
      await client.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The text of an answer. */
export function textOf(response: HttpResponse): string {
  return new TextDecoder().decode(response.body)
}

/** The text that a request brought. */
export async function readText(request: IncomingMessage): Promise<string> {
  let text = ""
  for await (const chunk of request.setEncoding("utf8")) text += chunk
  return text
}
