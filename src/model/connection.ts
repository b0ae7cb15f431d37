/** Whether an organisation is connected to a provider; `expired` where the account must be connected again. */
export type ConnectionStatus = "connected" | "expired" | "disconnected"

/** An organisation's account at a provider, without its tokens. */
export interface Connection {
  readonly provider: string
  readonly status: ConnectionStatus
  /** Whose account it is: the address or subject of the provider's ID token; null where it gave none. */
  readonly account: string | null
  readonly scopes: readonly string[]
  /** When the present access token ends; null where there is none, or the provider did not say. */
  readonly expiresAt: number | null
  /** When the account was connected last. */
  readonly connectedAt: number | null
}

/** Where to send a browser so that its user lets the service in. */
export interface ConnectionRequest {
  /** The provider's page. */
  readonly url: string
  /** Where the provider sends the browser back to. */
  readonly callbackUrl: string
  /** Epoch milliseconds; a browser that comes back later is refused. */
  readonly expiresAt: number
}

/** What came of a request. */
export interface FinishedConnection {
  readonly connection: Connection
  /** Why the account was not connected, such as `access_denied`; null where it was. */
  readonly error: string | null
  /** The address that `authorize` was given, with `connection` and perhaps `error` in its query; null where there was none. */
  readonly returnTo: string | null
}
