/** What the `Origin` header says of a request: none or the same host, another site that is allowed, or one that is not. */
export type OriginVerdict = "same" | "allowed" | "foreign"

/**
 * Compares `Origin` with the request's own host. Schemes are not compared, because a proxy may end TLS in front of the host.
 * `null`, which sandboxed pages send, is foreign.
 */
export function judgeOrigin(origin: string | null, host: string, allowed: readonly string[]): OriginVerdict {
  if (origin === null) return "same"
  if (allowed.some((entry) => entry.toLowerCase().replace(/\/$/, "") === origin.toLowerCase())) return "allowed"
  const match = /^[a-z][a-z0-9+.-]*:\/\/(.+)$/i.exec(origin)
  return match?.[1]?.toLowerCase() === host.trim().toLowerCase() ? "same" : "foreign"
}
