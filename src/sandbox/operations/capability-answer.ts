import { CapabilityError } from "../../errors/capability-error.ts"
import type { CallCapability } from "../../ports/capability.ts"
import { outputLimits, refuseOutput } from "../output-limits.ts"
import { textOf } from "../parse-record.ts"
import type { GuestOperation } from "../protocol.ts"

/** Calls a capability for a guest. Never rejects: the head is the members of the settlement, as JSON text. */
export async function answerCapability(
  callCapability: CallCapability | undefined,
  operation: GuestOperation,
  fields: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<{ readonly head: string; readonly body: Uint8Array | undefined }> {
  const capability = textOf(fields.capability).slice(0, 200)
  const method = textOf(fields.method).slice(0, 200)
  const { bytes } = operation
  try {
    if (!callCapability) throw refusal("MISSING", capability, method, "this runtime was given no capabilities")
    const answer = await callCapability({ capability, method, input: fields.input, bytes, signal })
    if ("bytes" in answer) {
      if (answer.bytes.length > outputLimits.maxBytes) {
        const reason = `the answer must not be larger than ${outputLimits.maxBytes} bytes`
        throw refusal("TOO_LARGE", capability, method, reason)
      }
      return { head: '"ok":true', body: answer.bytes }
    }
    const reason = refuseOutput(answer.json)
    if (reason) throw refusal("TOO_LARGE", capability, method, reason)
    return { head: `"ok":true,"output":${answer.json}`, body: undefined }
  } catch (error) {
    const { name, message, code } =
      error instanceof CapabilityError ? error : refusal("FAILED", capability, method, "the host could not do it")
    return { head: `"ok":false,"error":${JSON.stringify({ name, message, code })}`, body: undefined }
  }
}

/** Answers in place of a capability where the call has too much under way already. */
export const refuseMore: CallCapability = ({ capability, method }) => {
  const reason = "calls of capabilities that wait for their answers carry 64 MB together; wait for some of them"
  return Promise.reject(refusal("TOO_LARGE", capability, method, reason))
}

function refusal(code: string, capability: string, method: string, reason: string): CapabilityError {
  return new CapabilityError(code, `Cannot call ${capability}.${method}: ${reason}.`)
}
