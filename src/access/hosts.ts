/** Whether a `Host` header is among the allowed ones; one that is listed without a port is allowed with any. */
export function isAllowedHost(host: string, allowed: readonly string[]): boolean {
  const actual = toHostParts(host)
  return allowed.some((entry) => {
    const wanted = toHostParts(entry)
    return wanted.name === actual.name && (wanted.port === "" || wanted.port === actual.port)
  })
}

/** Whether a `Host` header names the machine itself, which no other site's page can make a browser send. */
export function isLoopbackHost(host: string): boolean {
  const { name } = toHostParts(host)
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "[::1]" ||
    /^127\.(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|$)){3}$/.test(name)
  )
}

/** Splits a `Host` header into its lower-case name and its port. */
function toHostParts(host: string): { readonly name: string; readonly port: string } {
  const lower = host.trim().toLowerCase()
  const colon = lower.lastIndexOf(":")
  // The colons of an IPv6 address stand within brackets.
  if (colon === -1 || colon < lower.lastIndexOf("]")) return { name: lower, port: "" }
  return { name: lower.slice(0, colon), port: lower.slice(colon + 1) }
}
