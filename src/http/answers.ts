import { toKnownResponse } from "../util/known-response.ts"

/** What every answer says. */
export const headersOfAll: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
}
const jsonHeaders = { "content-type": "application/json", ...headersOfAll }

/** Answers a value as JSON. */
export function jsonResponse(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const text = JSON.stringify(value)
  return toKnownResponse(text, {
    status,
    headers: { ...jsonHeaders, "content-length": String(Buffer.byteLength(text)), ...headers },
  })
}

/** Answers text as it is. */
export function textResponse(text: string, type = "text/plain"): Response {
  const length = String(Buffer.byteLength(text))
  return toKnownResponse(text, {
    headers: { "content-type": `${type}; charset=utf-8`, "content-length": length, ...headersOfAll },
  })
}

/** Answers that it is done. */
export function emptyResponse(): Response {
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } })
}
