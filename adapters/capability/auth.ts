import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from "jose"
import { z } from "zod"
import { CapabilityError } from "../../src/errors/capability-error.ts"
import { type Capability, defineCapabilityMethod } from "../../src/ports/capability.ts"

/** Which tokens are accepted; exactly one of `secret`, `jwks` and `jwksUrl`. */
export interface TokenRules {
  /** For HS256, HS384 and HS512; at least 32 bytes. */
  readonly secret?: string | Uint8Array
  /** Public keys. */
  readonly jwks?: JSONWebKeySet
  /** Where the public keys are; asked for again when a token names an unknown one. */
  readonly jwksUrl?: string | URL
  readonly issuer?: string | readonly string[]
  readonly audience?: string | readonly string[]
  /** @default HS256, HS384, HS512 with a secret; RS*, PS*, ES*, EdDSA and Ed25519 with public keys */
  readonly algorithms?: readonly string[]
  /** Seconds that clocks may differ. @default 5 */
  readonly clockTolerance?: number
}

/** The same rules for all, or those of one organisation; undefined where it has none. */
export type AuthOptions =
  | TokenRules
  | ((organisation: string) => TokenRules | undefined | Promise<TokenRules | undefined>)

const secretAlgorithms = ["HS256", "HS384", "HS512"]
const publicAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
]
const minSecretBytes = 32
/** What jose says where the keys did not come, or are none. */
const keyFailures: ReadonlySet<string> = new Set(["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"])
const token = z.string().min(1).max(16_384)

type Verify = (text: string, now: Date) => Promise<Readonly<Record<string, unknown>>>

/** `auth`: checks JSON Web Tokens by the host's rules. */
export function authCapability(options: AuthOptions, now: () => number = Date.now): Capability {
  if (typeof options !== "function") checkRules(options)
  // Rules that the host keeps as one object keep their fetched keys too.
  const verifiers = new WeakMap<TokenRules, Promise<Verify>>()

  async function verifierOf(organisation: string): Promise<Verify> {
    const rules = typeof options === "function" ? await options(organisation) : options
    if (!rules) throw new CapabilityError("NOT_AVAILABLE", "Cannot verify a token: the host set no rules for tokens.")
    const verifier = verifiers.get(rules) ?? createVerifier(rules)
    verifiers.set(rules, verifier)
    return verifier
  }

  return {
    description: "Tells who holds a token.",
    methods: {
      verifyToken: defineCapabilityMethod({
        description: "Checks a JSON Web Token and gives its claims.",
        input: z.object({ token }),
        output: z.record(z.string(), z.unknown()),
        async handle(input, { organisation }) {
          const verify = await verifierOf(organisation)
          return verify(input.token.replace(/^bearer +/i, ""), new Date(now()))
        },
      }),
    },
  }
}

async function createVerifier(rules: TokenRules): Promise<Verify> {
  checkRules(rules)
  // Loaded by the first token: hosts without `auth` do not wait for it.
  const { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify } = await import("jose")
  const limits: JWTVerifyOptions = {
    algorithms: [...(rules.algorithms ?? (rules.secret === undefined ? publicAlgorithms : secretAlgorithms))],
    clockTolerance: rules.clockTolerance ?? 5,
    ...(rules.issuer !== undefined && { issuer: toList(rules.issuer) }),
    ...(rules.audience !== undefined && { audience: toList(rules.audience) }),
  }
  const key: Uint8Array | JWTVerifyGetKey =
    rules.secret !== undefined
      ? toBytes(rules.secret)
      : rules.jwks
        ? createLocalJWKSet(rules.jwks)
        : createRemoteJWKSet(new URL(rules.jwksUrl ?? ""))
  async function verify(text: string, settings: JWTVerifyOptions): Promise<JWTPayload> {
    if (key instanceof Uint8Array) return (await jwtVerify(text, key, settings)).payload
    try {
      return (await jwtVerify(text, key, settings)).payload
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
      // The token names none of several keys: one of them has signed it, or none.
      for await (const one of error) {
        const tried = await jwtVerify(text, one, settings).catch((failure) => {
          if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
        })
        if (tried) return tried.payload
      }
      throw error
    }
  }
  return async (text, currentDate) => {
    try {
      return await verify(text, { ...limits, currentDate })
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw invalid("TOKEN_EXPIRED", "it has expired", error)
      if (error instanceof errors.JWTClaimValidationFailed) {
        throw invalid("TOKEN_INVALID", `its claim "${error.claim}" is not what this host accepts`, error)
      }
      // That the keys cannot be fetched is no fault of the token.
      if (!(error instanceof errors.JOSEError) || keyFailures.has(error.code)) throw error
      throw invalid("TOKEN_INVALID", "it is malformed, or its signature is not one that this host accepts", error)
    }
  }
}

function invalid(code: string, reason: string, cause: unknown): CapabilityError {
  return new CapabilityError(code, `Cannot verify the token: ${reason}.`, { cause })
}

function checkRules({ secret, jwks, jwksUrl }: TokenRules): void {
  if ([secret, jwks, jwksUrl].filter((source) => source !== undefined).length !== 1) {
    throw new TypeError("Cannot verify tokens: give exactly one of secret, jwks and jwksUrl.")
  }
  if (secret === undefined || toBytes(secret).length >= minSecretBytes) return
  throw new RangeError(`Cannot verify tokens with a secret of less than ${minSecretBytes} bytes.`)
}

function toBytes(secret: string | Uint8Array): Uint8Array {
  return typeof secret === "string" ? new TextEncoder().encode(secret) : secret
}

function toList(values: string | readonly string[]): string[] {
  return typeof values === "string" ? [values] : [...values]
}
