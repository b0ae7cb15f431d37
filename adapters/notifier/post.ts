import { DeliveryError } from "../../src/errors/delivery-error.ts"
import { RefusedRequest } from "../../src/errors/refused-request.ts"
import type { EgressRules } from "../../src/model/egress.ts"
import { judgeStatus, readRetryAfter } from "../../src/model/retry.ts"
import type { NotifierContext } from "../../src/ports/notifier.ts"

/** One message to another service. */
export interface Post {
  /** As the failure calls it: addresses may be secrets. */
  readonly service: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
  /** What the address may be. @default public addresses */
  readonly egress?: EgressRules | undefined
}

const maxAnswerBytes = 65_536

/** Sends JSON; rejects with a `DeliveryError` where it was not taken. */
export async function post(
  { service, url, headers = {}, body, egress: rules = {} }: Post,
  { http, signal, now }: NotifierContext,
): Promise<void> {
  const request = {
    method: "POST",
    url,
    headers: Object.entries({ "content-type": "application/json", "user-agent": "Inlay", ...headers }),
    body: new TextEncoder().encode(body),
    // An address that has moved must be set anew: what is sent may be meant for that one alone.
    redirect: "manual" as const,
  }
  const egress = { grant: { rules }, usage: { requests: 0, bytesSent: 0, bytesReceived: 0 } }
  const answer = await http.fetch(request, { signal, maxBytes: maxAnswerBytes, egress }).catch((error) => {
    throw toDeliveryError(service, url, error)
  })
  await readAway(answer.body)
  if (answer.status >= 200 && answer.status < 300) return
  const retryAfter = answer.headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1]
  throw new DeliveryError(`${service} answered ${answer.status}.`, {
    final: judgeStatus(answer.status) !== "transient",
    retryAfterMs: readRetryAfter(retryAfter, now()),
  })
}

/** JSON of a message. Texts of functions may hold halves of characters, for which services refuse the whole. */
export function toJson(message: unknown): string {
  return JSON.stringify(message, (_, value: unknown) =>
    typeof value === "string" ? value.replace(/\p{Cs}/gu, "\ufffd") : value,
  )
}

/** Of the client's words, those that do not name the whole address, which may be a secret. */
function toDeliveryError(service: string, url: string, error: unknown): DeliveryError {
  const [, reason = "it does not answer."] =
    /^Cannot fetch ".*": ([^"]*)$/s.exec(String((error as Error)?.message)) ?? []
  const message = `${service} cannot be reached at ${new URL(url).hostname}: ${reason}`
  return new DeliveryError(message, { final: error instanceof RefusedRequest })
}

/** Until it is read, the connection is not free for the next one. The status has told already whether the message was taken. */
async function readAway(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  if (body instanceof Uint8Array) return
  try {
    for await (const _chunk of body);
  } catch {
    // It is too long, or breaks off: the connection is closed.
  }
}

/** The address as it is used; `TypeError` where it is none of HTTP. */
export function checkUrl(what: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === "https:" || url?.protocol === "http:") return url.href
  throw new TypeError(`Cannot use the ${what} as an address: it must be one of http or https.`)
}
