import { createHttpFace, type HttpFaceOptions } from "../../src/http/face.ts"
import { type CreateFunctionsOptions, createFunctions } from "../../src/index.ts"
import type { Scope } from "../../src/model/identity.ts"
import type { FetchOptions, FunctionsService } from "../../src/service/functions.ts"

const silent = () => {}

/** A service with nothing in it, which writes nothing. */
export function startService(options: CreateFunctionsOptions = {}): Promise<FunctionsService> {
  return createFunctions({
    authenticate: "open",
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    sandbox: { threads: 1 },
    ...options,
  })
}

/** Sends requests to a face; a value given as `json` becomes the body. */
export type Send = (
  method: string,
  path: string,
  options?: { readonly json?: unknown; readonly body?: RequestInit["body"]; readonly headers?: Record<string, string> },
) => Promise<Response>

/** A face over the service whose callers may do everything, unless the options say otherwise. */
export function openFace(
  service: FunctionsService,
  options: HttpFaceOptions = { authenticate: "open" },
  fetchOptions: FetchOptions = {},
): Send {
  const face = createHttpFace(service, options)
  return (method, path, { json, body, headers = {} } = {}) => {
    const request = new Request(`http://localhost:3000${path}`, {
      method,
      headers: json === undefined ? headers : { "content-type": "application/json", ...headers },
      body: json === undefined ? (body ?? null) : JSON.stringify(json),
      duplex: "half",
    } as RequestInit)
    return face.fetch(request, fetchOptions)
  }
}

/** A face under one identity. */
export function faceFor(service: FunctionsService, scopes: readonly Scope[], organisation = "default"): Send {
  return openFace(service, { authenticate: () => ({ organisation, scopes, actor: "test" }) })
}
