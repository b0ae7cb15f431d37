import type { RuntimeOutput } from "../ports/runtime.ts"
import { decodeOutput } from "../util/decode-output.ts"

/** What passes from step to step: JSON text for the next call, and the same as a value for the record. */
export interface StepValue {
  readonly text: string
  /** Undefined where the step answered nothing; its text is then `null`. */
  readonly value: unknown
}

/** What the caller of a run gave. Throws `TypeError` where it is not JSON. */
export function fromInput(pipeline: string, input: unknown): StepValue {
  if (input === undefined) return nothing
  try {
    const text = JSON.stringify(input)
    if (text !== undefined) return { text, value: input }
  } catch {
    // Cycles and bigints, told below.
  }
  throw new TypeError(`Cannot run pipeline "${pipeline}": the input cannot be written as JSON.`)
}

/** A value that is JSON already. */
export function fromValue(value: unknown): StepValue {
  return value === undefined ? nothing : { text: JSON.stringify(value), value }
}

/** What was written down; null where it was nothing. */
export function fromText(text: string | null): StepValue {
  return text === null ? nothing : { text, value: JSON.parse(text) }
}

/** What a step answered, decoded as a direct call's output is. */
export async function fromOutput(output: RuntimeOutput | undefined): Promise<StepValue> {
  if (output === undefined) return nothing
  const { value, isWhole } = await decodeOutput(output)
  if (value === undefined) return nothing
  // JSON goes on as it was written; but what was dropped from the value must not go on either.
  const text = output.type === "json" && isWhole ? output.text : undefined
  return { text: text ?? JSON.stringify(value), value }
}

/** The text to write down; null where there is nothing. */
export function toText({ text, value }: StepValue): string | null {
  return value === undefined ? null : text
}

/** Where a step answered nothing. */
export const nothing: StepValue = { text: "null", value: undefined }
