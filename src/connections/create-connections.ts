import { randomBytes } from "node:crypto"
import { FunctionsError } from "../errors/functions-error.ts"
import type { Connection, ConnectionRequest, FinishedConnection } from "../model/connection.ts"
import type { Tell } from "../model/facts.ts"
import type { Capability } from "../ports/capability.ts"
import type { ConnectionRecord, ConnectionStore } from "../ports/connection-storage.ts"
import type { OAuthClient } from "../ports/oauth-client.ts"
import { createOAuthCapability } from "./capability.ts"
import { type ConnectionsOptions, type Provider, toProviders } from "./options.ts"
import { type AuthorizeOptions, createRequests, type FinishOptions } from "./requests.ts"
import { createSealer } from "./sealer.ts"
import { toConnection } from "./to-connection.ts"
import { createTokens } from "./tokens.ts"

/** Accounts of organisations at other services. */
export interface Connections {
  authorize(organisation: string, provider: string, options?: AuthorizeOptions): Promise<ConnectionRequest>
  finish(organisation: string, provider: string, options: FinishOptions, actor: string): Promise<FinishedConnection>
  list(organisation: string): Promise<readonly Connection[]>
  get(organisation: string, provider: string): Promise<Connection>
  remove(organisation: string, provider: string, actor: string): Promise<void>
  /** What functions are given; nothing where the host configured no providers. */
  readonly capabilities: Readonly<Record<string, Capability>>
}

/** Wires the flow, the tokens and the store. `TypeError` where what the host configured cannot be used. */
export function createConnections(options: {
  readonly connections?: ConnectionsOptions
  readonly oauthClient: OAuthClient
  readonly store: ConnectionStore
  readonly now: () => number
  readonly tell: Tell
  readonly onError: (error: unknown, context: { readonly stage: "connections" }) => void
}): Connections {
  const { connections: configured = noProviders(), oauthClient: client, store, now, tell } = options
  const providers = toProviders(configured)
  const report = (error: unknown) => options.onError(error, { stage: "connections" })

  function find(name: string): Provider {
    const provider = providers.get(name)
    if (provider) return provider
    const known = providers.size > 0 ? `it has ${[...providers.keys()].join(", ")}` : "it has none"
    throw new FunctionsError(
      "FN_001",
      `Cannot find provider "${name.slice(0, 80)}" among those of this host: ${known}.`,
    )
  }

  function changed(record: ConnectionRecord, actor: string | null): void {
    tell("connection.changed", { organisation: record.organisation, ...toConnection(record.provider, record), actor })
  }

  const shared = { client, store, now, report, changed, sealer: createSealer(toList(configured.key)) }
  const tokens = createTokens(shared)
  const requests = createRequests({ ...shared, rules: configured })

  return {
    async authorize(organisation, name, given = {}) {
      return requests.begin(organisation, find(name), given)
    },
    async finish(organisation, name, given, actor) {
      return requests.finish(organisation, find(name), given, actor)
    },
    async list(organisation) {
      const kept = new Map((await store.list(organisation)).map((record) => [record.provider, record]))
      const names = new Set([...providers.keys(), ...kept.keys()])
      return [...names].sort().map((name) => toConnection(name, kept.get(name) ?? null))
    },
    async get(organisation, name) {
      const record = await store.find(organisation, name)
      return toConnection(record?.provider ?? find(name).name, record)
    },
    async remove(organisation, name, actor) {
      // Accounts outlive their provider's configuration: they can still be removed, but nobody knows where to give tokens back.
      const removed = await store.remove(organisation, name)
      if (!removed) {
        const { name: known } = find(name)
        throw new FunctionsError("FN_001", `Cannot disconnect "${known}": no account is connected.`)
      }
      tell("connection.changed", { organisation, ...toConnection(name, null), actor })
      const provider = providers.get(name)
      if (provider) await tokens.revoke(provider, removed)
    },
    capabilities: options.connections
      ? { oauth: createOAuthCapability({ providers, accessToken: tokens.accessToken }) }
      : {},
  }
}

/** Of a host that configured nothing. */
function noProviders(): ConnectionsOptions {
  return { key: randomBytes(32), url: "http://localhost", providers: {} }
}

function toList(key: ConnectionsOptions["key"]): readonly (string | Uint8Array)[] {
  if (key === undefined || key === null) return []
  return typeof key === "string" || key instanceof Uint8Array ? [key] : key
}
