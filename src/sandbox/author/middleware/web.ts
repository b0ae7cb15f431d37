/** As much of a request as middleware reads. */
export interface Incoming {
  readonly method: string
  readonly headers: { get(name: string): string | null; set(name: string, value: string): void }
}

/** As much of a response as middleware reads and changes. */
export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly body: unknown
  readonly headers: {
    get(name: string): string | null
    set(name: string, value: string): void
  }
}

/** The sandbox's own classes; an author's type library may have none of them. */
export const web = globalThis as unknown as {
  readonly Request: new (url: string, init: object) => Incoming
  readonly Response: {
    new (body: unknown, init: object): Answer
    json(value: unknown, init?: object): Answer
  }
}

/** A response with these headers set. */
export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  try {
    for (const [name, value] of Object.entries(headers)) answer.headers.set(name, value)
    return answer
  } catch {
    // What came from the network, or is a redirect, cannot be changed.
    const { status, statusText } = answer
    const copy = new web.Response(answer.body, { status, statusText, headers: answer.headers })
    for (const [name, value] of Object.entries(headers)) copy.headers.set(name, value)
    return copy
  }
}

/** Problem details (RFC 9457). */
export function problem(
  status: number,
  title: string,
  detail: string,
  headers: Readonly<Record<string, string>>,
): Answer {
  const body = { type: "about:blank", title, status, detail }
  return web.Response.json(body, { status, headers: { ...headers, "content-type": "application/problem+json" } })
}
