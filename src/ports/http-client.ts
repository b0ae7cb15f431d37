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

/** How functions reach the network. */
export interface HttpClient {
  /**
   * Sends a request and reads the whole answer.
   * MUST connect to public addresses only, checked on the address that is connected to, on every redirect.
   * MUST refuse answers over `maxBytes`. MUST reject with an error whose message is fit for the function's author
   * and names nothing of the host.
   */
  fetch(
    request: HttpRequest,
    options: { readonly signal: AbortSignal; readonly maxBytes: number },
  ): Promise<HttpResponse>
  close(): Promise<void>
}
