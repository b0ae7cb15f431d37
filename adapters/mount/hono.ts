/**
 * Mounts the service in a Hono application.
 *
 * @example
 * ```ts
 * app.mount("/api", honoMount(functions))
 * ```
 * @module
 */
import type { Expose } from "../../src/model/expose.ts"
import { checkMount } from "./check-mount.ts"
import type { MountableFunctions } from "./node-request.ts"

/** Options of a mount. */
export interface HonoMountOptions {
  /**
   * Which paths it serves.
   * @default "all"
   */
  readonly expose?: Expose
  /**
   * The path that `app.mount` was given, for links.
   * @default what the server tells, which Node's does
   */
  readonly prefix?: string
}

/** What `app.mount` takes. */
export type HonoApplication = (request: Request, bindings?: unknown) => Promise<Response>

/** Serves the service below the path of `app.mount`; other paths go on to the application's next handler. */
export function honoMount(functions: MountableFunctions, options: HonoMountOptions = {}): HonoApplication {
  checkMount(functions, options, ["expose", "prefix"])
  return async (request, bindings) => {
    const { url } = (bindings as NodeBindings | undefined)?.incoming ?? {}
    const response = await functions.handle(request, {
      strippedPrefix: options.prefix ?? toPrefix(url ?? "", request.url),
      ...(options.expose ? { expose: options.expose } : {}),
    })
    // Hono goes on to its next handler where there is no answer, which its type does not say.
    return response as Response
  }
}

/** What Hono's server for Node hands to its handlers. */
interface NodeBindings {
  readonly incoming?: { readonly url?: string }
}

/** What Hono took off the target that the server received, to make the URL. */
function toPrefix(target: string, url: string): string {
  const rest = url.slice(url.indexOf("/", url.indexOf("://") + 3))
  return target.endsWith(rest) ? target.slice(0, -rest.length) : ""
}
