/**
 * Mounts the service in an Express 5 application.
 *
 * @example
 * ```ts
 * app.use("/api", expressMount(functions))
 * ```
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Expose } from "../../src/model/expose.ts"
import { checkMount } from "./check-mount.ts"
import { type MountableFunctions, sendResponse, toRequest } from "./node-request.ts"

/** Options of a mount. */
export interface ExpressMountOptions {
  /**
   * Which paths it serves.
   * @default "all"
   */
  readonly expose?: Expose
}

/** What the mount reads of an Express request. */
export interface ExpressRequestLike extends IncomingMessage {
  readonly baseUrl?: string
  readonly protocol?: string
  readonly body?: unknown
  /** The bytes of a body that was read before the mount, where the host keeps them. */
  readonly rawBody?: unknown
}

/** An Express middleware. */
export type ExpressMiddleware = (
  request: ExpressRequestLike,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** Serves the service below the path of `app.use`; other paths go on to the application's next handler. */
export function expressMount(functions: MountableFunctions, options: ExpressMountOptions = {}): ExpressMiddleware {
  checkMount(functions, options, ["expose"])
  const answer = async (incoming: ExpressRequestLike, outgoing: ServerResponse): Promise<boolean> => {
    const prefix = incoming.baseUrl ?? ""
    const request = toRequest(incoming, outgoing, {
      protocol: incoming.protocol ?? "http",
      target: prefix + (incoming.url ?? "/"),
      parsedBody: incoming.body,
      rawBody: incoming.rawBody,
    })
    if (request === null) return false
    const response = await functions.handle(request, { ...options, prefix })
    if (response === null) return false
    await sendResponse(response, outgoing)
    return true
  }
  return (incoming, outgoing, next) => {
    answer(incoming, outgoing).then((answered) => {
      if (!answered) next()
    }, next)
  }
}
