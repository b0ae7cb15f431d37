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
  return value === undefined ? nothing : { text: write(value), value }
}

/** A value that is JSON as text; `TooLarge` where it is nested too deep to be written. */
export function write(value: unknown, stringify: (value: unknown) => string = JSON.stringify): string {
  try {
    return stringify(value)
  } catch (error) {
    if (error instanceof RangeError) throw new TooLarge("it would have to write a value that is nested too deep")
    throw error
  }
}

/** Characters of JSON that a value made of others may have. */
const maxChars = 16_777_216

/** Thrown where values together are more than one may have: the step that they are for fails. */
export class TooLarge extends Error {
  override readonly name = "TooLarge"
}

/** Throws `TooLarge` where texts that are to become one value have too many characters together. */
export function checkSize(texts: Iterable<string>, what: "input" | "output"): void {
  let chars = 0
  for (const text of texts) {
    chars += text.length
    if (chars > maxChars) throw new TooLarge(`its ${what} would have more than ${maxChars} characters of JSON`)
  }
}

/** Values as one, made of those of several steps; `TooLarge` where it would have too many characters. */
export function join(parts: readonly StepValue[], combine: (values: readonly unknown[]) => unknown): StepValue {
  checkSize(
    parts.map(({ text }) => text),
    "output",
  )
  return fromValue(combine(parts.map(({ value }) => value)))
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
  return { text: text ?? write(value), value }
}

/** The text to write down; null where there is nothing. */
export function toText({ text, value }: StepValue): string | null {
  return value === undefined ? null : text
}

/** Where a step answered nothing. */
export const nothing: StepValue = { text: "null", value: undefined }
