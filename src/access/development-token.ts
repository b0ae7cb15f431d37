import { createHash, timingSafeEqual } from "node:crypto"
import type { Identity } from "../model/identity.ts"
import { defaultOrganisation } from "../model/name.ts"
import { isLoopbackHost } from "./hosts.ts"

/** Who holds the development token. */
const developer: Identity = { organisation: defaultOrganisation, scopes: ["*"], actor: "developer" }

/**
 * Whether the `Authorization` header carries the token; takes the same time whatever it carries.
 * @internal
 */
export function bearsToken(authorization: string | null, token: string): boolean {
  const sent = /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1]
  return sent !== undefined && token !== "" && timingSafeEqual(digest(sent), digest(token))
}

/** The developer where the token fits and the request was sent to this machine by name or address; else null. */
export function identifyDeveloper(
  request: { readonly authorization: string | null; readonly host: string },
  token: string | undefined,
): Identity | null {
  if (token === undefined || !bearsToken(request.authorization, token)) return null
  return isLoopbackHost(request.host) ? developer : null
}

/** Equal lengths, which the comparison needs. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest()
}
