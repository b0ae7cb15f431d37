/** Answers a browser that asks what an allowed page may send. */
export function preflightResponse(request: Request, methods: readonly string[]): Response {
  const headers = request.headers.get("access-control-request-headers")
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": methods.join(", "),
      "access-control-allow-headers":
        headers ?? "authorization, content-type, idempotency-key, traceparent, tracestate",
      "access-control-max-age": "600",
    },
  })
}

/** Lets the page of an allowed origin read the answer. */
export function allowOrigin(response: Response, origin: string): Response {
  response.headers.set("access-control-allow-origin", origin)
  response.headers.append("vary", "Origin")
  response.headers.set("access-control-expose-headers", "inlay-invocation-id, location, retry-after, traceparent")
  return response
}
