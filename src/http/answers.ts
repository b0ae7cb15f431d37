const headersOfAll = { "cache-control": "no-store", "x-content-type-options": "nosniff" }
const jsonHeaders = { "content-type": "application/json", ...headersOfAll }
const textHeaders = { "content-type": "text/plain; charset=utf-8", ...headersOfAll }

/** Answers a value as JSON. */
export function jsonResponse(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const text = JSON.stringify(value)
  return new Response(text, {
    status,
    headers: { ...jsonHeaders, "content-length": String(Buffer.byteLength(text)), ...headers },
  })
}

/** Answers text as it is. */
export function textResponse(text: string): Response {
  return new Response(text, { headers: { ...textHeaders, "content-length": String(Buffer.byteLength(text)) } })
}

/** Answers that it is done. */
export function emptyResponse(): Response {
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } })
}
