import { outputLimits, refuseOutput } from "../output-limits.ts"
import { parseRecord, textOf } from "../parse-record.ts"
import type { GuestOperation } from "../protocol.ts"

/** Characters of JSON that a guest may send to a capability; its bytes have the limit of an answer. */
const maxCapabilityText = 1024 * 1024
/** What a capability takes: the host reads it on its main thread, where distinct keys cost the most. */
const inputLimits = { ...outputLimits, maxBytes: 4 * maxCapabilityText, maxKeys: 10_000, maxValues: 100_000 }
/** Characters of a request's address and headers, or of a response's. */
const maxHeadText = 131_072
const maxHeaders = 1000
/** What the parameters of `crypto.subtle` may have beside their bytes. */
const maxSubtleText = 65_536
/** An id and a number of milliseconds. */
const maxSmallText = 1000

/**
 * What an operation of the guest becomes: itself, or the refusal that the guest is answered; undefined for what no guest
 * of ours sends. Runs in the sandbox's thread: the main thread reads nothing that is too long for it.
 */
export function boundOperation(operation: GuestOperation): GuestOperation | undefined {
  const { op, text, bytes } = operation
  if (op === "fetch") {
    const reason = refuseHead(text)
    return reason === null ? operation : refuse(text, "TypeError", `Cannot fetch: the request has ${reason}.`)
  }
  if (op === "subtle") {
    if (text.length <= maxSubtleText) return operation
    return refuse(text, "OperationError", "The operation's parameters are too long.")
  }
  if (op !== "capability") return text.length <= maxSmallText ? operation : undefined
  const reason = refuseInput(text, bytes)
  if (reason === null) return operation
  const { capability, method } = parseRecord(text)
  const called = `${textOf(capability).slice(0, 200)}.${textOf(method).slice(0, 200)}`
  return refuse(text, "CapabilityError", `Cannot call ${called}: ${reason}.`, "TOO_LARGE")
}

/** Why the head of a request or response is too much, or null. */
export function refuseHead(text: string): string | null {
  if (text.length > maxHeadText) return `an address and headers of more than ${maxHeadText} characters`
  const { headers } = parseRecord(text)
  return Array.isArray(headers) && headers.length > maxHeaders ? `more than ${maxHeaders} headers` : null
}

function refuseInput(text: string, bytes: Uint8Array | undefined): string | null {
  if (text.length > maxCapabilityText) return `the input must not be larger than ${maxCapabilityText} bytes`
  if (bytes && bytes.length > outputLimits.maxBytes) {
    return `the bytes must not be larger than ${outputLimits.maxBytes} bytes`
  }
  return refuseOutput(text, inputLimits)?.replace("the result", "the input") ?? null
}

function refuse(text: string, name: string, message: string, code?: string): GuestOperation {
  const { call, id } = parseRecord(text)
  return { op: "refuse", text: JSON.stringify({ call, id, error: { name, message, code } }), bytes: undefined }
}
