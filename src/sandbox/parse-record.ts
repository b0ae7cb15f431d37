/** An object out of the guest's JSON text; empty where it is none. */
export function parseRecord(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text ?? "null")
    return typeof value === "object" && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** A field that is to be a text. Converting what is none may run into members that break it. */
export function textOf(field: unknown, otherwise = ""): string {
  return typeof field === "string" ? field : otherwise
}

/** A field that is to be a number; NaN for what is none. */
export function numberOf(field: unknown): number {
  return typeof field === "number" ? field : Number.NaN
}
