import { isIP } from "node:net"

/** One entry of an allow-list: a name, or a network. A port of null means every port. */
export type EgressTarget =
  | { readonly type: "host"; readonly name: string; readonly subdomains: boolean; readonly port: number | null }
  | { readonly type: "network"; readonly address: string; readonly prefix: number; readonly port: number | null }

/** Reads an entry such as `*.example.com:443`, `10.1.0.0/16` or `[fd00::1]:80`; null where it is none. */
export function parseEgressTarget(text: string): EgressTarget | null {
  const network = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text)
  if (network) return toNetwork(network[1] ?? "", Number(network[2]), null)
  const bits = isIP(text) === 6 ? 128 : 32
  if (isIP(text)) return toNetwork(text, bits, null)
  const match = /^(\*\.)?(\[[0-9a-f.:]+\]|[^\s*:/?#@[\]\\%]+)(?::(\d{1,5}))?$/i.exec(text)
  if (!match?.[2]) return null
  const port = match[3] === undefined ? null : Number(match[3])
  if (port !== null && (port < 1 || port > 65_535)) return null
  if (!URL.canParse(`http://${match[2]}/`)) return null
  const name = toHostName(new URL(`http://${match[2]}/`).hostname)
  if (!isIP(name)) return name === "" ? null : { type: "host", name, subdomains: match[1] !== undefined, port }
  // What is no address as it stands must not become one, such as 10.1 or 0x7f000001.
  return match[1] || !isIP(match[2].replace(/^\[|\]$/g, "")) ? null : toNetwork(name, isIP(name) === 6 ? 128 : 32, port)
}

/** A URL's host as it is compared: without brackets and without the root's dot. */
export function toHostName(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "")
}

function toNetwork(address: string, prefix: number, port: number | null): EgressTarget | null {
  const family = isIP(address)
  if (family === 0 || address.includes("%") || prefix > (family === 6 ? 128 : 32)) return null
  return { type: "network", address, prefix, port }
}
