import { isIP } from "node:net"
import { FunctionsError } from "../errors/functions-error.ts"
import { checkEgressRules } from "../model/check-egress-rules.ts"
import type { Network } from "../model/configuration.ts"
import type { EgressGrant, EgressNetwork, EgressRules } from "../model/egress.ts"
import type { EgressOptions } from "./options.ts"

/** Says what calls may reach. */
export interface Egress {
  /** What a call of an organisation's function may reach. */
  grant(organisation: string, network: Network | undefined): EgressGrant
  /** `FN_006` where the host has no network of the name that a function asks for. */
  checkNetwork(network: Network | undefined): void
}

/** Checks the host's rules: `TypeError` or `RangeError` where they cannot be used. */
export function createEgress({ organisation: ownRules, networks = {}, ...general }: EgressOptions = {}): Egress {
  checkEgressRules(general)
  for (const [name, network] of Object.entries(networks)) checkHostNetwork(name, network)
  const everybody: EgressGrant = { rules: general }
  const checked = new WeakSet<EgressRules>()

  function rulesOf(organisation: string): EgressGrant {
    const own = ownRules?.(organisation)
    if (!own) return everybody
    if (!checked.has(own)) checkEgressRules(own)
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

function checkHostNetwork(name: string, network: EgressNetwork): void {
  if ("localAddress" in network) {
    if (isIP(network.localAddress)) return
    throw new TypeError(`Cannot use egress network "${name}": its localAddress must be an IP address.`)
  }
  const protocol = URL.canParse(network.proxy) ? new URL(network.proxy).protocol : ""
  if (protocol === "http:" || protocol === "https:") return
  throw new TypeError(`Cannot use egress network "${name}": its proxy must be an http: or https: address.`)
}
