import { auth as tokens } from "../auth.ts"
import type { Context } from "../context.ts"
import type { TokenClaims } from "../token-claims.ts"
import type { WebRequest } from "../web.ts"
import type { Middleware } from "./chain.ts"
import { type Answer, type Incoming, problem } from "./web.ts"

/** Who may call. */
export interface AuthOptions {
  /** Whether callers without a valid token are refused with 401. @default false */
  readonly required?: boolean
  /** What `WWW-Authenticate` names. */
  readonly realm?: string
  /** Where the token is. @default the bearer token of `Authorization` */
  readonly token?: (request: WebRequest) => string | null | undefined
}

/** Verifies the caller's token by the keys of the host (`auth.verifyToken`), and puts its claims at `context.auth`. */
export function auth({ required = false, realm, token = bearerOf as never }: AuthOptions = {}): Middleware {
  const challenge = (fault?: string) => {
    const parts = [
      ...(realm === undefined ? [] : [`realm="${realm.replace(/["\\]/g, "\\$&")}"`]),
      ...(fault === undefined ? [] : ['error="invalid_token"', `error_description="${fault}"`]),
    ]
    return { "www-authenticate": ["Bearer", parts.join(", ")].filter(Boolean).join(" ") }
  }

  const run = async (request: Incoming, context: Context, next: () => Promise<Answer>): Promise<Answer> => {
    const given = token(request as never)
    if (!given) {
      if (!required) return next()
      return problem(401, "Unauthorized", "A bearer token is needed.", challenge())
    }
    let claims: TokenClaims
    try {
      claims = await tokens.verifyToken(given)
    } catch (error) {
      const fault = faultOf(error)
      // That tokens cannot be verified at all is not the caller's fault.
      if (fault === undefined) throw error
      if (!required) return next()
      return problem(401, "Unauthorized", fault, challenge(fault))
    }
    Object.defineProperty(context, "auth", { value: claims, configurable: true, enumerable: true, writable: true })
    return next()
  }
  return run as unknown as Middleware
}

function bearerOf(request: Incoming): string | null {
  return /^bearer +([^ ]+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? null
}

function faultOf(error: unknown): string | undefined {
  const { code } = Object(error) as { readonly code?: unknown }
  if (code === "TOKEN_EXPIRED") return "The token has expired."
  return code === "TOKEN_INVALID" ? "The token is not valid." : undefined
}
