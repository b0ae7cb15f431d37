import { createHash, randomBytes } from "node:crypto"
import { z } from "@hono/zod-openapi"
import { isOrganisation } from "../../model/name.ts"
import type { Functions } from "../../service/functions.ts"
import type { ConnectionOperation } from "../access-table.ts"
import { emptyResponse, jsonResponse } from "../answers.ts"
import { HttpError } from "../http-error.ts"
import { type Operations, operation, rawOperation } from "../operation.ts"
import { listOf } from "../schemas.ts"

const tag = "Connections"

const connectionSchema = z.object({
  provider: z.string(),
  status: z.enum(["connected", "expired", "disconnected"]),
  account: z.string().nullable(),
  scopes: z.array(z.string()),
  expiresAt: z.number().int().nullable(),
  connectedAt: z.number().int().nullable(),
})
const authorizeSchema = z.strictObject({ returnTo: z.string().max(2048).optional() })
const requestSchema = z.object({ url: z.string(), callbackUrl: z.string(), expiresAt: z.number().int() })
const finishedSchema = z.object({ connection: connectionSchema, error: z.string().nullable(), returnTo: z.null() })

/** What the cookie of a request tells of it. */
interface Ticket {
  readonly organisation: string
  readonly binding: string
}

/** Accounts at other services. A cookie ties the callback to the browser, and to the organisation, that began. */
export function createConnectionOperations({
  organisation,
}: {
  readonly organisation: (id: string) => Functions
}): Operations<ConnectionOperation> {
  return {
    listConnections: operation({
      summary: "List the providers, and the account that is connected at each",
      tag,
      answers: { 200: { description: "All providers.", content: { "application/json": listOf(connectionSchema) } } },
      async handle(call) {
        return jsonResponse({ items: await call.functions.connections.list() })
      },
    }),
    authorizeConnection: operation({
      summary: "Begin to connect an account: the browser goes to the url, within ten minutes",
      tag,
      body: authorizeSchema,
      bodyOptional: true,
      answers: {
        200: {
          description: "Where the browser goes.",
          content: { "application/json": requestSchema },
          headers: { "set-cookie": "Ties the callback to this browser." },
        },
      },
      async handle({ params, functions, body }) {
        const binding = randomBytes(32).toString("base64url")
        const { returnTo } = body
        const request = await functions.connections.authorize(params.provider ?? "", {
          binding,
          ...(returnTo !== undefined && { returnTo }),
        })
        const response = jsonResponse(request)
        const state = new URL(request.url).searchParams.get("state") ?? ""
        const ticket: Ticket = { organisation: functions.organisationId, binding }
        response.headers.append("set-cookie", toCookie(cookieName(state), ticket, request.callbackUrl))
        response.headers.set("cache-control", "no-store")
        return response
      },
    }),
    finishConnection: rawOperation({
      summary: "Where the provider sends the browser back to",
      tag,
      answers: {
        200: { description: "What came of it.", content: { "application/json": finishedSchema } },
        303: {
          description: "Where the request said to return to, with `connection` and perhaps `error` in the query.",
          headers: { location: "The address." },
        },
      },
      async handle({ request, params }) {
        const parameters = new URL(request.url).searchParams
        const name = cookieName(parameters.get("state") ?? "")
        const ticket = readTicket(request.headers.get("cookie") ?? "", name)
        if (!ticket) {
          throw new HttpError(403, "Cannot connect the account: this browser did not begin it; begin again.", {
            code: "FN_009",
          })
        }
        const { binding } = ticket
        const { connections } = organisation(ticket.organisation)
        const finished = await connections.finish(params.provider ?? "", { parameters, binding })
        const response =
          finished.returnTo === null
            ? jsonResponse(finished)
            : new Response(null, { status: 303, headers: { location: finished.returnTo } })
        response.headers.set("cache-control", "no-store")
        // The code and the state stay out of what the next page tells of this one.
        response.headers.set("referrer-policy", "no-referrer")
        return response
      },
    }),
    removeConnection: operation({
      summary: "Disconnect the account: its tokens are forgotten, and given back to the provider",
      tag,
      answers: { 204: { description: "Disconnected." } },
      async handle(call) {
        await call.functions.connections.remove(call.params.provider ?? "")
        return emptyResponse()
      },
    }),
  }
}

/** One for each request, so that a browser may have several under way. */
function cookieName(state: string): string {
  return `inlay-connection-${createHash("sha256").update(state).digest("hex").slice(0, 16)}`
}

/** `Lax`: the provider's page sends the browser here, and no other page may. */
function toCookie(name: string, ticket: Ticket, callbackUrl: string): string {
  const { pathname, protocol } = new URL(callbackUrl)
  const value = Buffer.from(JSON.stringify(ticket)).toString("base64url")
  const secure = protocol === "https:" ? "; Secure" : ""
  return `${name}=${value}; Path=${pathname}; Max-Age=600; HttpOnly; SameSite=Lax${secure}`
}

function readTicket(cookies: string, name: string): Ticket | null {
  const found = cookies.split(/; */).find((cookie) => cookie.startsWith(`${name}=`))
  if (found === undefined) return null
  try {
    const { organisation, binding } = JSON.parse(Buffer.from(found.slice(name.length + 1), "base64url").toString())
    return isOrganisation(organisation) && typeof binding === "string" ? { organisation, binding } : null
  } catch {
    return null
  }
}
