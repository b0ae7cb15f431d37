import type { EgressGrant, EgressUsage } from "../model/egress.ts"

/** Content that is there whole, or comes chunk by chunk as it is asked for. */
export type HttpContent = Uint8Array | AsyncIterable<Uint8Array>

/** One outgoing request of a function. */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  /** What comes chunk by chunk can be sent once. */
  readonly body: HttpContent | null
  readonly redirect: "follow" | "error" | "manual"
}

/** The answer to it. */
export interface HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: readonly (readonly [string, string])[]
  /** Without content codings that the client undid. */
  readonly body: HttpContent
  /** The address that answered in the end. */
  readonly url: string
  readonly redirected: boolean
}

/** What bounds one request. */
export interface HttpLimits {
  /** Ends the request, and the reading of its answer. */
  readonly signal: AbortSignal
  /** Bytes of the answer's body. */
  readonly maxBytes: number
  /** What the call may reach. @default public addresses, without bounds on how much */
  readonly egress?: CallEgress
}

/** The network of one call: all its requests share it. */
export interface CallEgress {
  readonly grant: EgressGrant
  /** Counted up by the client. */
  readonly usage: { -readonly [Key in keyof EgressUsage]: EgressUsage[Key] }
}

/** Sends a request of a call by `send`, perhaps changed. */
export type SendRequest = (
  request: HttpRequest,
  send: (request: HttpRequest) => Promise<HttpResponse>,
) => Promise<HttpResponse>

/** How functions reach the network. */
export interface HttpClient {
  /**
   * Sends a request; resolves when the headers of its answer are there. The body is whole where it came with them, and
   * otherwise iterated once, each chunk read from the network when it is asked for: ending the iteration or aborting the
   * signal closes the connection.
   * MUST connect to addresses only that are public or that the grant opens, checked on the address that is connected to, on
   * every redirect. MUST refuse what the grant does not allow, and count what is used. MUST break off bodies over `maxBytes`,
   * decoded. MUST NOT read on, beyond a bounded buffer, while nobody asks.
   * MUST reject, the iteration too, with an error whose message is fit for the function's author and names nothing of the host;
   * with a `RefusedRequest` where the grant, or what is public, is the reason.
   */
  fetch(request: HttpRequest, limits: HttpLimits): Promise<HttpResponse>
  close(): Promise<void>
}
