import { FunctionsError } from "../errors/functions-error.ts"
import type { Invocation } from "../model/invocation.ts"
import type { RuntimeInput } from "../ports/runtime.ts"
import { decodeOutput } from "../util/decode-output.ts"
import type { RawAnswer, RawCall } from "./invoke.ts"

/** Input of a direct call; `TypeError` where it is not JSON. */
export function toRuntimeInput(input: unknown): RuntimeInput {
  return { type: "json", text: toInputText(input) }
}

/** Input as JSON text; `TypeError` where it has none. */
export function toInputText(input: unknown): string {
  const text = toText(input === undefined ? null : input)
  if (text === undefined) throw new TypeError(`Cannot call a function with a ${typeof input}: JSON has no such value.`)
  return text
}

function toText(input: unknown): string | undefined {
  try {
    return JSON.stringify(input)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new TypeError("Cannot call a function with so deep an object: its JSON form exceeds the stack.", {
      cause: error,
    })
  }
}

/** The record of a call with its output. */
export async function toInvocation({ invocation, output }: RawCall): Promise<Invocation> {
  const value = output && (await decodeOutput(output)).value
  return value === undefined ? invocation : { ...invocation, output: value }
}

/** The output, or the error that the call failed with. */
export async function unwrap({ invocation, output, retryAfterSeconds }: RawAnswer): Promise<unknown> {
  if (output?.type === "stream") throw new TypeError("Cannot take a stream as a value: it was not asked for.")
  if (output) return (await decodeOutput(output)).value
  const { error, id, name } = invocation
  if (!error) return undefined
  const { code, ...guest } = error
  throw new FunctionsError(code, `Function "${name}" failed: ${error.name}: ${error.message}`, {
    guest,
    invocationId: id,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  })
}
