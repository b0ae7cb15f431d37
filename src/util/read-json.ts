/** The value of a text that should be JSON, or `otherwise`. */
export function readJson<Value>(text: string, otherwise: Value): Value {
  try {
    return JSON.parse(text)
  } catch {
    return otherwise
  }
}
