import type { Functions } from "../service/functions.ts"
import type { WebhookRouteMatch } from "../triggers/webhooks/webhook-routes.ts"
import { hasRebuiltBody } from "../util/lent-request.ts"
import { jsonResponse } from "./answers.ts"
import { HttpError } from "./http-error.ts"
import { readBytes } from "./read-body.ts"
import { readTraceParent } from "./trace-context.ts"

/** Why a delivery is refused, for its sender's log: nothing of what was expected. */
const reasons = {
  missing: "it has no signature",
  malformed: "its signature cannot be read",
  stale: "its time is too far from now",
  mismatch: "its signature is not over this body, or not of this sender",
} as const

const rebuilt =
  "its body was parsed before the mount, and its signature is over the bytes that were sent: mount before express.json()"

/** Takes a delivery: 202 with the firing, for further tries of the sender too; 401 where its signature does not hold. */
export async function answerWebhook(
  request: Request,
  match: WebhookRouteMatch,
  functions: Functions,
  maxBodyBytes: number,
): Promise<Response> {
  const body = await readBytes(request, maxBodyBytes)
  const { headers } = request
  const received = await functions.receive(match, { headers, body, trace: readTraceParent(headers) })
  switch (received.outcome) {
    case "refused": {
      const isRebuilt = received.reason === "mismatch" && hasRebuiltBody(request)
      throw new HttpError(401, `Cannot take the delivery: ${isRebuilt ? rebuilt : reasons[received.reason]}.`)
    }
    case "challenged":
      return jsonResponse({ challenge: received.challenge })
    case "fired": {
      const { id, outcome } = received.firing
      return jsonResponse({ id, outcome }, 202)
    }
  }
}
