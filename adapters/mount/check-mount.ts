import { checkKeys } from "../../src/model/check-keys.ts"

const exposed = ["all", "invoke", "manage"]

/** `TypeError` where what is mounted is no service, such as a promise of one, or where an option cannot be used. */
export function checkMount(functions: unknown, options: object, known: readonly string[]): void {
  if (typeof (functions as { readonly handle?: unknown } | null | undefined)?.handle !== "function") {
    const isPromise = typeof (functions as PromiseLike<unknown> | null | undefined)?.then === "function"
    const why = isPromise
      ? "it is a promise: await createFunctions()"
      : "it must be what createFunctions() resolves with"
    throw new TypeError(`Cannot mount the service: ${why}.`)
  }
  checkKeys("mount the service", options, known)
  const { expose } = options as { readonly expose?: unknown }
  if (expose === undefined || exposed.includes(expose as string)) return
  throw new TypeError(
    `Cannot mount the service with expose ${JSON.stringify(expose)}: it must be "invoke", "manage" or "all".`,
  )
}
