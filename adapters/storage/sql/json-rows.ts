/** At most so many rows, and about so many characters, go in one statement, so that a message to the database stays small. */
const maxRows = 512
const maxCharacters = 4_000_000

type Value = null | number | string

/** Rows as JSON texts for `given` of an engine: as one text, unless they are many or large. */
export function toJsonRows(rows: readonly Readonly<Record<string, Value>>[]): readonly string[] {
  const texts: string[] = []
  let part: string[] = []
  let characters = 0
  const end = () => {
    if (part.length > 0) texts.push(`[${part.join(",")}]`)
    part = []
    characters = 0
  }
  for (const row of rows) {
    const text = toText(row)
    if (part.length === maxRows || characters + text.length > maxCharacters) end()
    part.push(text)
    characters += text.length
  }
  end()
  return texts
}

/** PostgreSQL refuses U+0000 and halves of surrogate pairs in JSON; they become the character for what cannot be shown. */
function toText(row: Readonly<Record<string, Value>>): string {
  const text = JSON.stringify(row)
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text
  const show = (value: Value) => (typeof value === "string" ? value.replaceAll(/[\0\p{Surrogate}]/gu, "\uFFFD") : value)
  return JSON.stringify(row, (_, value) => show(value))
}
