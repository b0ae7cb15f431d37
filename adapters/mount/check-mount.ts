import { FunctionsError } from "../../src/errors/functions-error.ts"
import { checkKeys } from "../../src/model/check-keys.ts"

const exposed = ["all", "invoke", "manage"]

/** `FN_006` where what is mounted is no service, such as a promise of one, or where an option is not known or cannot be used. */
export function checkMount(functions: unknown, options: unknown, known: readonly string[]): void {
  if (typeof (functions as { readonly handle?: unknown } | null | undefined)?.handle !== "function") {
    const isPromise = typeof (functions as PromiseLike<unknown> | null | undefined)?.then === "function"
    throw refused(
      "functions",
      isPromise ? "it is a promise: await createFunctions()" : "it must be what createFunctions() resolves with",
    )
  }
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw refused("options", "its options must be an object")
  checkKeys("mount the service", options, known)
  const { expose } = options as { readonly expose?: unknown }
  if (expose === undefined || exposed.includes(expose as string)) return
  throw refused("expose", `expose must be "invoke", "manage" or "all", and is ${JSON.stringify(expose)}`)
}

function refused(path: string, message: string): FunctionsError {
  return new FunctionsError("FN_006", `Cannot mount the service: ${message}.`, { issues: [{ path, message }] })
}
