/**
 * Mounts the service in a server of `node:http`.
 *
 * @example
 * ```ts
 * createServer(nodeMount(functions, { prefix: "/api" })).listen(3000)
 * ```
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Expose } from "../../src/model/expose.ts"
import { checkMount } from "./check-mount.ts"
import { type MountableFunctions, sendResponse, toRequest } from "./node-request.ts"

/** Options of a mount. */
export interface NodeMountOptions {
  /**
   * The path below which the service answers.
   * @default ""
   */
  readonly prefix?: string
  /**
   * Which paths it serves.
   * @default "all"
   */
  readonly expose?: Expose
}

/** A listener of `node:http`; `next` takes what is not the service's, which is answered with 404 where it is left out. */
export type NodeListener = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  next?: (error?: unknown) => void,
) => void

/** Serves the service below the prefix. */
export function nodeMount(functions: MountableFunctions, options: NodeMountOptions = {}): NodeListener {
  checkMount(functions, options, ["expose", "prefix"])
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<number> => {
    const protocol = "encrypted" in incoming.socket ? "https" : "http"
    const request = toRequest(incoming, outgoing, { protocol, target: incoming.url ?? "/" })
    if (request === null) return 400
    const response = await functions.handle(request, options)
    if (response === null) return 404
    await sendResponse(response, outgoing)
    return 200
  }
  return (incoming, outgoing, next) => {
    const refuse = (status: number, error?: unknown) => {
      if (next) return next(error)
      outgoing.statusCode = status
      outgoing.end()
    }
    answer(incoming, outgoing).then(
      (status) => {
        if (status !== 200) refuse(status)
      },
      (error: unknown) => refuse(500, error),
    )
  }
}
