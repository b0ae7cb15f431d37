// What terminals obey (C0, DEL and C1) but for tab and line feed, what turns the direction of a text, and halves of pairs.
const obeyed = /\r\n|[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Surrogate}]/gu
const pictures = 0x2400
const deleteCode = 0x7f

/**
 * Text that may be shown in a terminal whoever wrote it: characters that would be obeyed become characters that show them,
 * ESC for one `␛`, and halves of surrogate pairs `�`. Tabs and line feeds stay.
 */
export function neutralise(text: string): string {
  return text.replace(obeyed, show)
}

function show(found: string): string {
  if (found === "\r\n") return "\n"
  const code = found.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(pictures + code)
  if (code === deleteCode) return "\u2421"
  return code >= 0xd800 ? "\uFFFD" : `\\u${code.toString(16).padStart(4, "0")}`
}
