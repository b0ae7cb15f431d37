import { RefusedRequest } from "../../src/errors/refused-request.ts"
import type { HttpClient } from "../../src/ports/http-client.ts"
import { countReceived, countRequest, countSent, headerBytes } from "./egress-policy.ts"
import { FetchRefusal, isStream, toFirstHop } from "./fetch-rules.ts"
import { counted } from "./response-body.ts"

/**
 * A client whose requests are checked, bounded and counted as those of `createHttpClient` are, and then made by another one,
 * whose bodies are whole. Addresses are that one's affair.
 */
export function createBoundedClient(inner: HttpClient): HttpClient {
  return {
    ...inner,
    async fetch(request, limits) {
      const { egress, maxBytes } = limits
      try {
        const hop = toFirstHop(request)
        if (egress) countRequest(hop, egress)
        const body = isStream(hop.body) && egress ? counted(hop.body, (bytes) => countSent(bytes, egress)) : hop.body
        const response = await inner.fetch({ ...request, body }, limits)
        const bytes = isStream(response.body) ? 0 : response.body.byteLength
        if (egress) countReceived(headerBytes(response.headers) + bytes, egress)
        if (bytes > maxBytes) throw new FetchRefusal(`the answer is larger than ${maxBytes} bytes.`)
        return response
      } catch (error) {
        throw error instanceof FetchRefusal
          ? new RefusedRequest(`Cannot fetch "${request.url}": ${error.message}`)
          : error
      }
    },
  }
}
