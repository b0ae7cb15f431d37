import { z } from "zod"
import { CapabilityError } from "../errors/capability-error.ts"
import { type Capability, defineCapabilityMethod } from "../ports/capability.ts"
import type { Provider } from "./options.ts"
import type { Tokens } from "./tokens.ts"

/** `oauth`: access tokens of the accounts that the organisation has connected. */
export function createOAuthCapability(options: {
  readonly providers: ReadonlyMap<string, Provider>
  readonly accessToken: Tokens["accessToken"]
}): Capability {
  const { providers, accessToken } = options
  return {
    description: "Accounts at other services that the organisation has connected.",
    methods: {
      accessToken: defineCapabilityMethod({
        description: "Gives an access token; it is refreshed before it ends.",
        input: z.object({ provider: z.string().max(64), refused: z.string().max(16_384).optional() }),
        output: z.object({ accessToken: z.string(), expiresAt: z.number().nullable(), scopes: z.array(z.string()) }),
        async handle({ provider: name, refused }, { organisation, signal }) {
          const provider = providers.get(name)
          if (!provider) {
            const known = [...providers.keys()].join(", ")
            throw new CapabilityError("NOT_AVAILABLE", `Cannot use "${name}": this host has the providers ${known}.`)
          }
          const token = await accessToken(provider, { organisation, refused, signal })
          return { ...token, scopes: [...token.scopes] }
        },
      }),
    },
  }
}
