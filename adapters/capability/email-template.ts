/** Fills in `{{name}}` and `{{user.name}}` from `data`; what is not there becomes nothing. */
export function renderTemplate(
  template: string,
  data: Readonly<Record<string, unknown>>,
  toSafe: (text: string) => string = (text) => text,
): string {
  return template.replace(/\{\{\s*([\w$-]+(?:\.[\w$-]+)*)\s*\}\}/g, (_, path: string) => toSafe(toText(data, path)))
}

/** Text as it may stand in HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}

function toText(data: Readonly<Record<string, unknown>>, path: string): string {
  let value: unknown = data
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return ""
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  if (value === null || value === undefined) return ""
  return typeof value === "object" ? JSON.stringify(value) : String(value)
}
