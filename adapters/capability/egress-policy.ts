import { isIP } from "node:net"
import type { EgressGrant } from "../../src/model/egress.ts"
import { type EgressTarget, parseEgressTarget, toHostName } from "../../src/model/egress-target.ts"
import type { CallEgress } from "../../src/ports/http-client.ts"
import { FetchRefusal, type Hop, isStream } from "./fetch-rules.ts"
import { familyOf, isOpenedBy, isPublicAddress, toBlockList } from "./public-address.ts"

/** What may be connected to. */
export interface Permits {
  /** False where no address would be permitted: such a name is not even looked up. */
  name(target: NamedTarget): boolean
  address(address: string, target: NamedTarget): boolean
}

/** What a request names. */
interface NamedTarget {
  readonly hostname: string
  readonly port: number
}

const defaults = { maxRequests: 1000, maxBytesSent: 104_857_600, maxBytesReceived: 104_857_600 }

/** Makes the check of addresses for a grant. Entries that cannot be read permit nothing. */
export function createPermits({ rules, within }: Pick<EgressGrant, "rules" | "within">): Permits {
  const allowed = toTargets(rules.allow ?? [])
  const limits = [...(rules.reach === "allowed" ? [allowed] : []), ...(within ? [toTargets(within)] : [])]
  return {
    name: (target) => limits.every((list) => list.some((entry) => entry.type === "network" || names(entry, target))),
    address(address, target) {
      const place = { ...target, address }
      const isOpen =
        isPublicAddress(address) ||
        allowed.some((entry) => entry.type === "network" && isAtPort(entry, target.port) && isOpenedBy(address, entry))
      return isOpen && limits.every((list) => list.some((entry) => names(entry, place)))
    },
  }
}

/** Throws where a request is not to be sent; counts it otherwise. */
export function countRequest(hop: Hop, { grant, usage }: CallEgress): void {
  const { methods, maxRequests = defaults.maxRequests } = grant.rules
  if (methods && !methods.some((method) => method.toUpperCase() === hop.method.toUpperCase()))
    throw new FetchRefusal(`the service does not allow the method ${hop.method}.`)
  if (usage.requests >= maxRequests) throw new FetchRefusal(`a call may send ${maxRequests} requests, and it has.`)
  countSent(sizeOf(hop), { grant, usage })
  usage.requests++
}

/** Counts what is about to be sent; throws, without counting it, where it is too much. */
export function countSent(bytes: number, { grant, usage }: CallEgress): void {
  const { maxBytesSent = defaults.maxBytesSent } = grant.rules
  if (usage.bytesSent + bytes > maxBytesSent) throw new FetchRefusal(`a call may send ${maxBytesSent} bytes in all.`)
  usage.bytesSent += bytes
}

/** Counts what was received; throws where it is too much. */
export function countReceived(bytes: number, { grant, usage }: CallEgress): void {
  const { maxBytesReceived = defaults.maxBytesReceived } = grant.rules
  usage.bytesReceived += bytes
  if (usage.bytesReceived > maxBytesReceived)
    throw new FetchRefusal(`a call may receive ${maxBytesReceived} bytes in all.`)
}

/** Bytes of header lines. */
export function headerBytes(headers: readonly (readonly [string, string])[]): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0)
}

function sizeOf({ method, url, headers, body }: Hop): number {
  const line = method.length + url.pathname.length + url.search.length + 12
  return line + headerBytes(headers) + (body === null || isStream(body) ? 0 : body.byteLength)
}

/** A network has no names: it fits by an address alone. */
function names(entry: EgressTarget, { hostname, port, address }: NamedTarget & { readonly address?: string }): boolean {
  if (!isAtPort(entry, port)) return false
  if (entry.type === "network") {
    return address !== undefined && toBlockList(entry.address, entry.prefix).check(address, familyOf(address))
  }
  const name = toHostName(hostname).toLowerCase()
  return !isIP(name) && (entry.subdomains ? name.endsWith(`.${entry.name}`) : name === entry.name)
}

function isAtPort({ port }: EgressTarget, asked: number): boolean {
  return port === null || port === asked
}

function toTargets(entries: readonly string[]): readonly EgressTarget[] {
  return entries.map(parseEgressTarget).filter((target) => target !== null)
}
