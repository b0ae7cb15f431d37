/** What the calls of functions may reach, and how much of it each. */
export interface EgressRules {
  /**
   * Names (`api.example.com`, `*.example.com`, `api.example.com:8443`), addresses and networks (`203.0.113.7`, `10.1.0.0/16`,
   * `fd00:1::/64`). A network that lies wholly in a private range opens it; a cloud's metadata address is opened by itself alone.
   */
  readonly allow?: readonly string[]
  /**
   * Whether every public address can be reached, or only what `allow` names.
   * @default "public"
   */
  readonly reach?: "public" | "allowed"
  /** Methods that requests may have. @default all of them */
  readonly methods?: readonly string[]
  /** Requests of one call, redirects included. @default 1_000 */
  readonly maxRequests?: number
  /** Bytes of one call's requests, headers included. @default 100 MiB */
  readonly maxBytesSent?: number
  /** Bytes of the answers to one call, headers included, before decompression. @default 100 MiB */
  readonly maxBytesReceived?: number
}

/** How a named network of the host is reached. Functions are put into it by `network.vpc`. */
export type EgressNetwork =
  | {
      /** An HTTP proxy, such as `http://user:password@10.0.0.2:3128`. It is asked for tunnels (CONNECT) to addresses that were checked. */
      readonly proxy: string
    }
  | {
      /** The address of this machine that connections leave from. */
      readonly localAddress: string
    }

/** What one call may reach. */
export interface EgressGrant {
  /** The host's. */
  readonly rules: EgressRules
  /** What the function limits itself to, in the form of `allow`; it opens nothing. */
  readonly within?: readonly string[]
  /** The named network that it connects through; null where the host does not have it any more. */
  readonly network?: EgressNetwork | null
}

/** What one call has used. */
export interface EgressUsage {
  /** Requests that were sent, redirects included. */
  readonly requests: number
  readonly bytesSent: number
  readonly bytesReceived: number
}
