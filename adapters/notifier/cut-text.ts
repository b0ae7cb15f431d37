/** The beginning of a text, of so many UTF-16 units at most: never half of a character, which many services refuse. */
export function cutText(text: string, most: number): string {
  return text.slice(0, most).replace(/[\ud800-\udbff]$/, "")
}
