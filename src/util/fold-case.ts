/** The same text with the letters from A to Z in lower case, and all others as they are. */
export function foldCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
