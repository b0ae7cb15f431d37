import type { EgressGrant, EgressUsage } from "../model/egress.ts"

/** One outgoing request of a function. */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array | null
  readonly redirect: "follow" | "error" | "manual"
}

/** The answer to it, whole. */
export interface HttpResponse {
  readonly status: number
  readonly statusText: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
  /** The address that answered in the end. */
  readonly url: string
  readonly redirected: boolean
}

/** What bounds one request. */
export interface HttpLimits {
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

/** How functions reach the network. */
export interface HttpClient {
  /**
   * Sends a request and reads the whole answer.
   * MUST connect to addresses only that are public or that the grant opens, checked on the address that is connected to, on
   * every redirect. MUST refuse what the grant does not allow, and count what is used. MUST refuse answers over `maxBytes`.
   * MUST reject with an error whose message is fit for the function's author and names nothing of the host.
   */
  fetch(request: HttpRequest, limits: HttpLimits): Promise<HttpResponse>
  close(): Promise<void>
}
