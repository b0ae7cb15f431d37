import { copyBytes, viewBytes } from "./bytes.ts"
import { host } from "./host.ts"
import { toJson } from "./json.ts"
import { beginning, begunAt, type Operation, openOperation, register, type Settlement } from "./operations.ts"
import { refuseWhileLoading } from "./phase.ts"
import { defineProperty, quote } from "./primordials.ts"

/** Characters of JSON that an input may have: the host reads it on its main thread. */
const maxText = 1024 * 1024 - 1024

/** What a capability answered. */
export interface CapabilityAnswer {
  readonly output: unknown
  readonly bytes: Uint8Array | undefined
}

/** Asks a capability of the host; rejects with an error that has a `code`. */
export function callCapability(
  capability: unknown,
  method: unknown,
  input: unknown,
  bytes: unknown,
): Promise<CapabilityAnswer> {
  const name = String(capability)
  const called = String(method)
  refuseWhileLoading(name + "." + called)
  return new Promise((resolve, reject) => {
    // Whatever may throw comes before the operation is registered.
    const text = toJson(input)
    if (text !== undefined && text.length > maxText) {
      throw toError({
        name: "CapabilityError",
        message: "Cannot call " + name + "." + called + ": the input is larger than 1 MB as JSON.",
        code: "TOO_LARGE",
      })
    }
    const view = viewBytes(bytes)
    const body = view === undefined ? undefined : copyBytes(view)
    const id = register(new CapabilityCall(resolve, reject))
    const fields = openOperation(id) + ',"capability":' + quote(name) + ',"method":' + quote(called)
    host("capability", fields + (text === undefined ? "}" : ',"input":' + text + "}"), body)
  })
}

class CapabilityCall implements Operation {
  readonly #resolve: (answer: CapabilityAnswer) => void
  readonly #reject: (reason: unknown) => void
  readonly #stack = beginning()

  constructor(resolve: (answer: CapabilityAnswer) => void, reject: (reason: unknown) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  settle(head: Settlement, body: ArrayBuffer | undefined): void {
    if (!head.ok) this.#reject(begunAt(toError(head.error), this.#stack))
    else this.#resolve({ output: head.output, bytes: body === undefined ? undefined : new Uint8Array(body) })
  }

  abandon(head: Settlement): void {
    this.settle(head, undefined)
  }
}

function toError(given: Settlement["error"]): Error {
  const error = new Error(given?.message ?? "The capability failed.")
  define(error, "name", given?.name ?? "Error")
  if (given?.code !== undefined) define(error, "code", given.code)
  return error
}

function define(error: Error, name: string, value: string): void {
  defineProperty(error, name, { value, writable: true, configurable: true, enumerable: name === "code" })
}
