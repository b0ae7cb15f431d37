import { BlockList, isIPv4, isIPv6 } from "node:net"

// The IANA special-purpose registries (RFC 6890 and its updates), multicast and reserved space included.
const specialIpv4: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // shared by carriers
  ["127.0.0.0", 8], // loopback
  ["168.63.129.16", 32], // Azure's host agent: a public number that never leaves the machine
  ["169.254.0.0", 16], // link-local, cloud metadata
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.31.196.0", 24], // AS112
  ["192.52.193.0", 24], // multicast tunnels
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["192.175.48.0", 24], // AS112
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
]

// Inside 2000::/3 only: whatever lies outside it is no global unicast, whether it has a name today or not.
const specialIpv6: readonly (readonly [network: string, prefix: number])[] = [
  ["2001::", 23], // protocol assignments: Teredo, benchmarks, ORCHID
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4
  ["2620:4f:8000::", 48], // AS112
  ["3fff::", 20], // documentation
]

/** Ranges that an allow-list may open. IPv6 ranges that carry IPv4 addresses are none of them. */
const openable: readonly (readonly [network: string, prefix: number])[] = [
  ...specialIpv4,
  ["::1", 128], // loopback
  ["fc00::", 7], // unique local
  ["2001:db8::", 32], // documentation
  ["3fff::", 20], // documentation
]

/** Where clouds give out credentials to whoever asks. */
const metadata = new BlockList()
for (const address of [
  "168.63.129.16", // Azure
  "169.254.169.254", // most clouds
  "169.254.170.2", // AWS, containers
  "169.254.170.23", // AWS, pods
  "100.100.100.200", // Alibaba
  "192.0.0.192", // Oracle
]) {
  metadata.addAddress(address, "ipv4")
}
// AWS, AWS pods, Google
for (const address of ["fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"]) metadata.addAddress(address, "ipv6")

const special = new BlockList()
for (const [network, prefix] of specialIpv4) special.addSubnet(network, prefix, "ipv4")
for (const [network, prefix] of specialIpv6) special.addSubnet(network, prefix, "ipv6")

const globalUnicast = new BlockList()
globalUnicast.addSubnet("2000::", 3, "ipv6")

/**
 * Whether an IP address, as text, is one that anybody on the internet may reach.
 * IPv6 forms that carry an IPv4 address (mapped, compatible, translated, NAT64, 6to4, Teredo) never are: the plain form is.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, "ipv4")
  if (!isIPv6(address) || address.includes("%")) return false
  return globalUnicast.check(address, "ipv6") && !special.check(address, "ipv6") && !isIsatap(address)
}

/** ISATAP (RFC 5214) hides an IPv4 address in the interface part of an address of any network. */
function isIsatap(address: string): boolean {
  const [head = "", tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::")
  const before = head.split(":").filter(Boolean)
  const after = (tail ?? "").split(":").filter(Boolean)
  const zeros: string[] = new Array(tail === undefined ? 0 : 8 - before.length - after.length).fill("0")
  const groups = [...before, ...zeros, ...after]
  return groups[5] === "5efe" && (groups[4] === "0" || groups[4] === "200")
}

/**
 * Whether naming a network opens those of its addresses that are not public: it must lie wholly in one special range, so that
 * `0.0.0.0/0` opens nothing, and a metadata address must be named by itself.
 */
export function isOpenedBy(address: string, network: { readonly address: string; readonly prefix: number }): boolean {
  const bits = isIPv4(address) ? 32 : 128
  if (metadata.check(address, familyOf(address)) && network.prefix !== bits) return false
  if (!toBlockList(network.address, network.prefix).check(address, familyOf(address))) return false
  return openable.some(
    ([range, prefix]) =>
      familyOf(range) === familyOf(address) &&
      network.prefix >= prefix &&
      toBlockList(range, prefix).check(network.address, familyOf(network.address)),
  )
}

/** The addresses of one network. */
export function toBlockList(network: string, prefix: number): BlockList {
  const list = new BlockList()
  list.addSubnet(network, prefix, familyOf(network))
  return list
}

/** What `BlockList` calls the family of an address. */
export function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv4(address) ? "ipv4" : "ipv6"
}
