import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http"
import { createServer as createSecureServer, type ServerOptions } from "node:https"
import { type AddressInfo, connect } from "node:net"
import { createHttpClient, type HttpClientOptions } from "../../adapters/capability/http-client.ts"
import type { HttpClient, HttpContent, HttpLimits, HttpRequest, HttpResponse } from "../../src/ports/http-client.ts"

/** A server on the loopback interface that a client takes for a public one. */
export interface PublicServer {
  readonly client: HttpClient
  readonly port: number
  /** Addresses that were connected to, in order. */
  readonly connected: string[]
  /** Names that were looked up, in order. */
  readonly resolved: string[]
  /** The answer once its headers are there. */
  begin(url: string, change?: Partial<HttpRequest> & Partial<HttpLimits>): Promise<HttpResponse>
  /** The answer, whole. */
  get(url: string, change?: Partial<HttpRequest> & Partial<HttpLimits>): Promise<WholeResponse>
  close(): Promise<void>
}

/** An answer that was read to its end. */
export type WholeResponse = Omit<HttpResponse, "body"> & { readonly body: Uint8Array }

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
  const begin: PublicServer["begin"] = (url, change = {}) => {
    const { signal = new AbortController().signal, maxBytes = 1_000_000, egress, ...rest } = change
    const request: HttpRequest = { method: "GET", url, headers: [], body: null, redirect: "follow", ...rest }
    return client.fetch(request, { signal, maxBytes, ...(egress && { egress }) })
  }
  return {
    client,
    port,
    connected,
    resolved,
    begin,
    async get(url, change) {
      const response = await begin(url, change)
      return { ...response, body: await bytesOf(response.body) }
    },
    async close() {
      await client.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The text of an answer. */
export function textOf(response: WholeResponse): string {
  return new TextDecoder().decode(response.body)
}

/** Content, read to its end. */
export async function bytesOf(content: HttpContent): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The text that a request brought. */
export async function readText(request: IncomingMessage): Promise<string> {
  let text = ""
  for await (const chunk of request.setEncoding("utf8")) text += chunk
  return text
}
