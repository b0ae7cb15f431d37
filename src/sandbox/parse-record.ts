/** An object out of the guest's JSON text; empty where it is none. */
export function parseRecord(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "null")
    return typeof value === "object" && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
