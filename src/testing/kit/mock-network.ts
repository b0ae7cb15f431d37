import type { HttpClient } from "../../ports/http-client.ts"

/** Answers the requests that functions send. */
export type MockFetch = (request: Request) => Response | Promise<Response>

/** A client that asks a function of the test in the place of the network; without one every request fails. */
export function createMockClient(fetch: MockFetch | undefined): HttpClient {
  return {
    async fetch({ method, url, headers, body }) {
      if (!fetch) {
        throw new Error(`Cannot fetch ${url}: there is no network in a test; give createTestFunctions({ fetch }).`)
      }
      const sent = body === null || body instanceof Uint8Array ? body : await readAll(body)
      const request = new Request(url, { method, headers: headers as [string, string][], body: sent })
      const response = await fetch(request)
      return {
        status: response.status,
        statusText: response.statusText,
        headers: [...response.headers],
        body: new Uint8Array(await response.arrayBuffer()),
        url: response.url || url,
        redirected: response.redirected,
      }
    },
    close: async () => {},
  }
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = []
  for await (const chunk of chunks) read.push(chunk)
  return Buffer.concat(read)
}
