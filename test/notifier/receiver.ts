import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { createHttpClient } from "../../adapters/capability/http-client.ts"
import type { HttpClient } from "../../src/ports/http-client.ts"

/** What a service on this machine was sent. */
export interface Delivery {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A service on this machine, and a client that reaches it. */
export interface Receiver {
  readonly url: string
  /** The network that opens this machine. */
  readonly egress: { readonly allow: readonly string[] }
  readonly http: HttpClient
  /** What it has taken. */
  readonly deliveries: readonly Delivery[]
  /** How it answers from now on. */
  answer(status: number, headers?: Readonly<Record<string, string>>, body?: string): void
  close(): Promise<void>
}

/** Starts one that takes what it is sent. */
export async function openReceiver(): Promise<Receiver> {
  const deliveries: Delivery[] = []
  let status = 200
  let answerHeaders: Readonly<Record<string, string>> = {}
  let answerBody = "answered"
  const server = createServer(async (request, response) => {
    let body = ""
    for await (const chunk of request.setEncoding("utf8")) body += chunk
    if (status < 300) deliveries.push({ headers: request.headers, body })
    response.writeHead(status, answerHeaders).end(answerBody)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const http = createHttpClient()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`,
    egress: { allow: ["127.0.0.1"] },
    http,
    deliveries,
    answer(given, headers = {}, body = "answered") {
      status = given
      answerHeaders = headers
      answerBody = body
    },
    async close() {
      await http.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
