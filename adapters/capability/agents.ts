import type { Agent } from "undici"
import type { EgressGrant } from "../../src/model/egress.ts"
import { type CheckedConnectorOptions, connectFrom, createCheckedConnector } from "./checked-connector.ts"
import { createPermits } from "./egress-policy.ts"
import { FetchRefusal } from "./fetch-rules.ts"
import { tunnelThrough } from "./proxy-tunnel.ts"

/** The connections of a client, in pools. */
export interface Agents {
  /** The pool for a grant: connections that were opened under other rules are never in it. */
  open(grant: EgressGrant): Promise<Agent>
  close(): Promise<void>
}

/** Pools that are kept; the one that was used longest ago is closed when there are more. */
const maxPools = 200

interface Pool {
  readonly agent: Promise<Agent>
  readonly stop: () => void
}

/** Creates no pool before the first request: hosts whose functions never fetch do not load undici. */
export function createAgents(options: Omit<CheckedConnectorOptions, "permits" | "tunnel">): Agents {
  const pools = new Map<string, Pool>()
  let closed = false

  function create(grant: EgressGrant): Pool {
    const { network } = grant
    const connector = createCheckedConnector({
      ...options,
      permits: createPermits(grant),
      ...(network && "proxy" in network && { tunnel: tunnelThrough(new URL(network.proxy)) }),
      ...(network && "localAddress" in network && { connect: connectFrom(network.localAddress) }),
    })
    const agent = import("undici").then(
      ({ Agent }) => new Agent({ connect: connector.connect, pipelining: 1, allowH2: false }),
    )
    return { agent, stop: () => connector.close() }
  }

  return {
    open(grant) {
      if (closed) throw new FetchRefusal("the service is closing.")
      if (grant.network === null) throw new FetchRefusal("the function's network is not there any more.")
      const { allow, reach } = grant.rules
      const key = JSON.stringify([allow ?? [], reach, grant.within, grant.network])
      const pool = pools.get(key) ?? create(grant)
      pools.delete(key)
      pools.set(key, pool)
      if (pools.size > maxPools) {
        for (const [oldest, { agent }] of pools) {
          pools.delete(oldest)
          agent.then((idle) => idle.close()).catch(() => {})
          break
        }
      }
      return pool.agent
    },
    async close() {
      closed = true
      for (const { stop } of pools.values()) stop()
      await Promise.all([...pools.values()].map(async ({ agent }) => (await agent).destroy()))
      pools.clear()
    },
  }
}
