import type { RuntimeOutput } from "../ports/runtime.ts"

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

/** What a step answered; of an HTTP response its body, as JSON where it says that it is JSON, else as text. */
export function fromOutput(output: RuntimeOutput | undefined): StepValue {
  if (output === undefined) return nothing
  if (output.type === "json") return output.text === undefined ? nothing : fromJson(output.text)
  if (output.body.byteLength === 0) return nothing
  const text = new TextDecoder().decode(output.body)
  const type = output.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? ""
  if (/^\s*[\w.+-]+\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type)) {
    try {
      return fromJson(text)
    } catch {
      // It says so, but it is not: text, then.
    }
  }
  return { text: JSON.stringify(text), value: text }
}

const nothing: StepValue = { text: "null", value: undefined }

function fromJson(text: string): StepValue {
  return { text, value: JSON.parse(text) }
}
