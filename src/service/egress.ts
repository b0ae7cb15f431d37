import { isIP } from "node:net"
import { FunctionsError } from "../errors/functions-error.ts"
import type { Network } from "../model/configuration.ts"
import type { EgressGrant, EgressNetwork, EgressRules } from "../model/egress.ts"
import { parseEgressTarget } from "../model/egress-target.ts"
import type { EgressOptions } from "./options.ts"

/** Says what calls may reach. */
export interface Egress {
  /** What a call of an organisation's function may reach. */
  grant(organisation: string, network: Network | undefined): EgressGrant
  /** `FN_006` where the host has no network of the name that a function asks for. */
  checkNetwork(network: Network | undefined): void
}

const counts = ["maxRequests", "maxBytesSent", "maxBytesReceived"] as const

/** Checks the host's rules: `TypeError` or `RangeError` where they cannot be used. */
export function createEgress({ organisation: ownRules, networks = {}, ...general }: EgressOptions = {}): Egress {
  checkRules(general)
  for (const [name, network] of Object.entries(networks)) checkHostNetwork(name, network)
  const everybody: EgressGrant = { rules: general }
  const checked = new WeakSet<EgressRules>()

  function rulesOf(organisation: string): EgressGrant {
    const own = ownRules?.(organisation)
    if (!own) return everybody
    if (!checked.has(own)) checkRules(own)
    checked.add(own)
    return { rules: { ...general, ...own } }
  }

  return {
    grant(organisation, network) {
      const grant = rulesOf(organisation)
      if (!network) return grant
      const within = network.egress === "none" ? [] : network.allow
      return {
        ...grant,
        ...(within && { within }),
        ...(network.vpc !== undefined && { network: ownNetwork(networks, network.vpc) ?? null }),
      }
    },
    checkNetwork(network) {
      const name = network?.vpc
      if (name === undefined || ownNetwork(networks, name)) return
      const named = Object.keys(networks)
      const known = named.length > 0 ? `the host has ${named.join(", ")}` : "the host has none"
      throw new FunctionsError("FN_006", `Cannot put the function into network "${name}": ${known}.`, {
        issues: [{ path: "network.vpc", message: `must name a network of the host: ${known}` }],
      })
    },
  }
}

function ownNetwork(networks: Readonly<Record<string, EgressNetwork>>, name: string): EgressNetwork | undefined {
  return Object.hasOwn(networks, name) ? networks[name] : undefined
}

function checkRules(rules: EgressRules): void {
  for (const name of ["allow", "methods"] as const) {
    const list: unknown = rules[name]
    if (list === undefined || (Array.isArray(list) && list.every((entry) => typeof entry === "string"))) continue
    throw new TypeError(`Cannot use egress ${name}: it must be a list of texts.`)
  }
  for (const entry of rules.allow ?? []) {
    if (parseEgressTarget(entry)) continue
    throw new TypeError(
      `Cannot use the egress rule "${entry}": it must be a name, an address or a network, such as "*.example.com:443" or "10.1.0.0/16".`,
    )
  }
  if (rules.reach !== undefined && rules.reach !== "public" && rules.reach !== "allowed")
    throw new TypeError(`Cannot use egress reach "${rules.reach}": it must be "public" or "allowed".`)
  for (const name of counts) {
    const count = rules[name]
    if (count === undefined || count === Number.POSITIVE_INFINITY || (Number.isSafeInteger(count) && count >= 0))
      continue
    throw new RangeError(`Cannot use egress ${name} ${count}: it must be a whole number from 0, or Infinity.`)
  }
}

function checkHostNetwork(name: string, network: EgressNetwork): void {
  if ("localAddress" in network) {
    if (isIP(network.localAddress)) return
    throw new TypeError(`Cannot use egress network "${name}": its localAddress must be an IP address.`)
  }
  const protocol = URL.canParse(network.proxy) ? new URL(network.proxy).protocol : ""
  if (protocol === "http:" || protocol === "https:") return
  throw new TypeError(`Cannot use egress network "${name}": its proxy must be an http: or https: address.`)
}
