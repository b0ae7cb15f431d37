/** What a queued call carries. */
export interface CallPayload {
  /** The function as its caller named it: perhaps with a version or an alias. */
  readonly reference: string
  /** JSON text. */
  readonly inputText: string
}

/** Both in one text: no reference has a line break, so the input need not be parsed to find where it begins. */
export function toPayload(reference: string, inputText: string): string {
  return `${reference}\n${inputText}`
}

/** The other way. */
export function readPayload(payload: string): CallPayload {
  const end = payload.indexOf("\n")
  return { reference: payload.slice(0, end), inputText: payload.slice(end + 1) }
}

/** The input of a batch, from the payloads of its calls. */
export function toBatchInput(payloads: readonly string[]): string {
  return `{"events":[${payloads.map((payload) => readPayload(payload).inputText).join(",")}]}`
}
